import { defineNode } from '../../engine/node.js'
import { choice, float, integer, optional, toggle } from '../../engine/port.js'
import { type Mask, mask } from '../ports.js'
import { combineMasks } from './combine.js'
import { featherInside } from './feather.js'
import { fillHoles } from './fill-holes.js'
import { gaussianBlur } from './gaussian.js'
import { grow } from './grow.js'
import { padEllipse } from './pad-ellipse.js'

/** Shapes a mask: every step does nothing at its default, and they are done in the order of the inputs. */
export const MaskOps = defineNode({
  type: 'MaskOps',
  version: 1,
  category: 'mask',
  description: 'Combines, fills, grows, blurs, pads, feathers and inverts a mask, in this order.',
  lane: 'cpu',
  inputs: {
    mask: mask(),
    other: optional(mask('A second mask of the same size')),
    combine: choice(['union', 'intersect', 'subtract'], {
      default: 'union',
      hint: 'What is done with the second mask',
    }),
    fill: toggle({ default: false, hint: 'Fill holes, such as glasses in a mask of skin' }),
    expand: integer({
      default: 0,
      min: -512,
      max: 512,
      hint: 'Pixels that the selection grows, diagonals counting 2; below 0 it shrinks',
    }),
    blur: float({ default: 0, min: 0, max: 512, step: 0.5, hint: 'Sigma in pixels' }),
    padding: integer({
      default: 0,
      min: -256,
      max: 256,
      hint: 'Pixels that the blurred mask grows in all directions; below 0 it shrinks',
    }),
    feather: float({
      default: 0,
      min: 0,
      max: 2048,
      step: 1,
      hint: 'Pixels over which the mask fades inwards from its edge; nothing outside changes',
    }),
    invert: toggle({ default: false, hint: 'Select what is not selected' }),
  },
  outputs: { mask: mask() },
  run({ mask, other, combine, fill, expand, blur, padding, feather, invert }, context) {
    const { width, height } = mask
    const steps: readonly (readonly [boolean, (data: Float32Array) => Float32Array])[] = [
      [other !== undefined, () => combineMasks(mask, other as Mask, combine)],
      [fill, data => fillHoles(data, width, height)],
      [expand !== 0, data => grow(data, width, height, expand)],
      [blur > 0, data => gaussianBlur(data, width, height, blur)],
      [padding !== 0, data => padEllipse(data, width, height, padding)],
      [feather > 0, data => featherInside(data, width, height, feather)],
      [invert, data => data.map(value => 1 - value)],
    ]
    const wanted = steps.filter(([is]) => is)
    let data = mask.data
    wanted.forEach(([, apply], i) => {
      data = apply(data)
      context.progress(i + 1, wanted.length)
    })
    return { mask: { width, height, data } }
  },
})
