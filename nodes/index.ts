import type { NodePack } from '../engine/node.js'
import { FaceDetect } from './face/face-detect.js'
import { FaceMesh } from './face/face-mesh.js'
import { FaceParse } from './face/face-parse.js'
import { FacePick } from './face/face-pick.js'
import { FaceTransplant } from './face/face-transplant.js'
import { NumberNode } from './flow/number.js'
import { SeedNode } from './flow/seed.js'
import { SwitchNode } from './flow/switch.js'
import { TextNode } from './flow/text.js'
import { IdentityEmbed } from './identity/identity-embed.js'
import { IdentityScore } from './identity/identity-score.js'
import { PoseGap } from './identity/pose-gap.js'
import { BackgroundProof } from './image/background-proof.js'
import { ImageComposite } from './image/image-composite.js'
import { ImageCrop } from './image/image-crop.js'
import { ImageResize } from './image/image-resize.js'
import { LoadImage } from './image/load-image.js'
import { MaskOps } from './mask/mask-ops.js'
import { MaskOverlay } from './mask/mask-overlay.js'
import { PreviewImage } from './output/preview-image.js'
import { SaveImage } from './output/save-image.js'

/** The nodes that come with the program. */
export const pack: NodePack = {
  name: 'ip-to-portrait',
  nodes: [
    LoadImage,
    ImageResize,
    ImageCrop,
    ImageComposite,
    FaceDetect,
    FacePick,
    FaceMesh,
    FaceParse,
    FaceTransplant,
    MaskOps,
    MaskOverlay,
    IdentityEmbed,
    IdentityScore,
    PoseGap,
    BackgroundProof,
    SaveImage,
    PreviewImage,
    SwitchNode,
    TextNode,
    NumberNode,
    SeedNode,
  ],
}
