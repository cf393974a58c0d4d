import { decodeImage } from '../../nodes/image/decode.js'
import { readStamp, stampImage } from '../../nodes/image/metadata.js'
import { encodePng } from '../../nodes/image/png.js'
import { sniffFormat } from '../../nodes/image/sniff.js'
import type { Image } from '../../nodes/ports.js'
import { withAlpha } from './mask-merge.js'

/** The name of the picture that ComfyUI's mask editor sends along with this one, if it is one of its masked ones. */
export function paintedSibling(name: string): string | undefined {
  const [, time] = /^clipspace-painted-masked-(\d+)\.png$/.exec(name) ?? []
  return time === undefined ? undefined : `clipspace-painted-${time}.png`
}

/**
 * Gives a masked picture the colours of its unmasked sibling: a browser's canvas multiplies colour by alpha, so that
 * what was masked came out black. Answers nothing where that has not happened, or where the two do not belong together.
 */
export async function repairMasked(masked: Uint8Array, sibling: Uint8Array): Promise<Uint8Array | undefined> {
  if (sniffFormat(masked) !== 'png') return undefined
  const [image, whole] = await Promise.all([decodeImage(masked), decodeImage(sibling)])
  const isPair = image.width === whole.width && image.height === whole.height
  if (image.channels === 3 || !isPair || hasHiddenColour(image)) return undefined
  const repaired = await encodePng(withAlpha(whole, image))
  const texts = readStamp(masked)
  return Object.keys(texts).length > 0 ? stampImage(repaired, texts) : repaired
}

/** Whether there is colour where nothing shows: then the picture's alpha is straight, and its colours are its own. */
function hasHiddenColour({ data }: Image): boolean {
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] === 0 && (data[i] !== 0 || data[i + 1] !== 0 || data[i + 2] !== 0)) return true
  return false
}
