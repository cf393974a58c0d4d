import { defineNode } from '../../engine/node.js'
import { choice, integer, text } from '../../engine/port.js'
import { encodeImage, SAVED_FORMATS } from '../image/encode.js'
import { image } from '../ports.js'
import { checkFileName, extensionOf, savedFile } from './saved-file.js'

/**
 * Keeps a picture as a file. The workflow is not in it: the runner stamps it into the copy that it exports, so that the
 * artifact and its cache entry depend on the picture alone.
 */
export const SaveImage = defineNode({
  type: 'SaveImage',
  version: 1,
  category: 'output',
  description: 'Keeps a picture as PNG (lossless, 8 or 16 bits), JPEG or WebP, with its colour profile.',
  lane: 'main',
  sink: true,
  inputs: {
    image: image(),
    name: text({ default: 'portrait', hint: 'File name, without folder and extension' }),
    format: choice(SAVED_FORMATS, { default: 'png', hint: 'png keeps every bit' }),
    quality: integer({ default: 92, min: 1, max: 100, hint: 'Of JPEG and WebP' }),
  },
  outputs: { file: savedFile('The file that was written') },
  async run({ image, name, format, quality }, context) {
    checkFileName(name)
    if (format === 'jpeg' && image.channels === 4)
      context.warn('JPEG has no transparency: what is transparent was put on white. Save as png or webp to keep it.')
    if (format !== 'png' && image.data instanceof Uint16Array)
      context.warn(`A ${format} file has 8 bits a sample, the picture has 16. Save as png to keep them.`)
    const bytes = await encodeImage(image, format, { quality })
    const artifact = await context.write(bytes, extensionOf(format))
    return { file: { artifact, name, format, width: image.width, height: image.height } }
  },
})
