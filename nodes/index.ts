import type { NodePack } from '../engine/node.js'
import { FaceDetect } from './face/face-detect.js'
import { FaceMesh } from './face/face-mesh.js'
import { FaceParse } from './face/face-parse.js'
import { FacePick } from './face/face-pick.js'
import { faceTransplant } from './face/face-transplant.js'
import { numberNode } from './flow/number.js'
import { seedNode } from './flow/seed.js'
import { switchNode } from './flow/switch.js'
import { textNode } from './flow/text.js'
import { IdentityEmbed } from './identity/identity-embed.js'
import { IdentityScore } from './identity/identity-score.js'
import { PoseGap } from './identity/pose-gap.js'
import { backgroundProof } from './image/background-proof.js'
import { imageComposite } from './image/image-composite.js'
import { imageCrop } from './image/image-crop.js'
import { imageResize } from './image/image-resize.js'
import { loadImage } from './image/load-image.js'
import { maskOps } from './mask/mask-ops.js'
import { maskOverlay } from './mask/mask-overlay.js'
import { previewImage } from './output/preview-image.js'
import { saveImage } from './output/save-image.js'

/** The nodes that come with the program. */
export const pack: NodePack = {
  name: 'ip-to-portrait',
  nodes: [
    loadImage,
    imageResize,
    imageCrop,
    imageComposite,
    FaceDetect,
    FacePick,
    FaceMesh,
    FaceParse,
    faceTransplant,
    maskOps,
    maskOverlay,
    IdentityEmbed,
    IdentityScore,
    PoseGap,
    backgroundProof,
    saveImage,
    previewImage,
    switchNode,
    textNode,
    numberNode,
    seedNode,
  ],
}
