import type { Sharp } from 'sharp'
import { MAXIMUM_PIXELS } from '../../nodes/image/decode.js'
import { loadSharp } from '../../nodes/image/sharp.js'

/** In which form a picture is shown. */
export type Variant =
  | { readonly kind: 'whole' }
  /** At most so many pixels a side, as JPEG. */
  | { readonly kind: 'small'; readonly side: number }
  | { readonly kind: 'channel'; readonly channel: 'rgb' | 'a'; readonly preview?: Preview }
  | { readonly kind: 'preview'; readonly preview: Preview }

interface Preview {
  readonly format: 'webp' | 'jpeg'
  readonly quality: number
}

interface Wishes {
  readonly preview?: string | undefined
  readonly channel?: string | undefined
  readonly res?: string | undefined
}

const CAN_BE_SMALL = /\.(png|jpg)$/
const IS_PICTURE = /\.(png|jpg|webp|gif|tiff|avif)$/

/** Reads the wishes of a query: a size wins over a preview, a channel over a size; what makes no sense is left out. */
export function variantOf({ preview, channel = 'rgba', res }: Wishes, artifact: string): Variant {
  if (!IS_PICTURE.test(artifact)) return { kind: 'whole' }
  if (channel === 'rgba' && res && /^[1-9]\d{0,5}$/.test(res) && CAN_BE_SMALL.test(artifact))
    return { kind: 'small', side: Number(res) }
  const wanted = preview ? previewOf(preview, channel) : undefined
  if (channel === 'rgb' || channel === 'a') return { kind: 'channel', channel, ...(wanted ? { preview: wanted } : {}) }
  return wanted ? { kind: 'preview', preview: wanted } : { kind: 'whole' }
}

/** 'jpeg;80'; a JPEG has no alpha, so that whoever asks for it gets WebP. */
function previewOf(text: string, channel: string): Preview {
  const [name, quality = '90'] = text.split(';')
  const format = name === 'jpeg' && channel !== 'a' ? 'jpeg' : 'webp'
  const number = /^\d{1,3}$/.test(quality) ? Number(quality) : 90
  return { format, quality: Math.min(100, Math.max(1, number)) }
}

/** Makes a form of a picture. @throws when it cannot be decoded. */
export async function makeVariant(
  bytes: Uint8Array,
  variant: Exclude<Variant, { kind: 'whole' }>,
): Promise<{ bytes: Uint8Array; type: string }> {
  const sharp = await loadSharp()
  const open = () => sharp(bytes, { limitInputPixels: MAXIMUM_PIXELS }).autoOrient().toColourspace('srgb')
  if (variant.kind === 'small') {
    const { side } = variant
    const small = open().resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    return encode(small.flatten({ background: '#000' }), { format: 'jpeg', quality: 85 })
  }
  if (variant.kind === 'preview') {
    const { preview } = variant
    return encode(preview.format === 'jpeg' ? open().removeAlpha() : open(), preview)
  }
  const channel = variant.channel === 'rgb' ? open().removeAlpha() : await onlyAlpha(open())
  return encode(channel, variant.preview)
}

/** Black with the picture's own alpha. */
async function onlyAlpha(image: Sharp): Promise<Sharp> {
  const sharp = await loadSharp()
  const { data, info } = await image.ensureAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  // Without a division for each of hundreds of millions of samples: nobody is answered meanwhile.
  for (let i = 0; i < data.length; i += channels) for (let c = 0; c < channels - 1; c++) data[i + c] = 0
  return sharp(data, { raw: { width, height, channels } })
}

async function encode(image: Sharp, preview: Preview | undefined): Promise<{ bytes: Uint8Array; type: string }> {
  if (!preview) return { bytes: await image.png({ compressionLevel: 4 }).toBuffer(), type: 'image/png' }
  const { format, quality } = preview
  // Alpha must be exact, and colour under it must stay: both are data to whoever asks for channels.
  const options = format === 'webp' ? { quality, alphaQuality: 100, exact: true } : { quality }
  return { bytes: await image.toFormat(format, options).toBuffer(), type: `image/${format}` }
}
