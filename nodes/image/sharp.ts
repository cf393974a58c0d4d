/**
 * The image library, loaded when the first picture is decoded or resized: loading takes 80 ms, which a run that is
 * answered from the cache should not pay.
 */
export const loadSharp = async () => (await import('sharp')).default
