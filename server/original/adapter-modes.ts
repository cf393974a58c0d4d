import { shippedWorkflows } from '../documents.js'
import { Refusal } from '../http/refusal.js'

/** What the replaced system calls a way to carry the identity over; `quick` is ours. */
export const ADAPTER_MODES = ['quick', 'none', 'standard', 'faceid', 'faceid_plus', 'clip_blend', 'dual'] as const
export type AdapterMode = (typeof ADAPTER_MODES)[number]

const SDXL = 'portrait-sdxl'
const BASE = 'RealVisXL_V4.0_inpainting (unet, vae, text_encoder, text_encoder_2)'
const STANDARD = ['ip-adapter_sdxl.bin', 'sdxl_models/image_encoder/model.safetensors']
const FACEID = ['ip-adapter-faceid_sdxl.bin', 'buffalo_l/w600k_r50.onnx', 'buffalo_l/det_10g.onnx']

/** The workflow that each mode is, and the model files that it needs beyond those that come with the program. */
const MODES: Readonly<Record<AdapterMode, { readonly workflow: string; readonly files: readonly string[] }>> = {
  quick: { workflow: 'portrait-quick', files: [] },
  none: { workflow: SDXL, files: [BASE] },
  standard: { workflow: SDXL, files: [BASE, ...STANDARD] },
  faceid: { workflow: SDXL, files: [BASE, ...FACEID] },
  faceid_plus: {
    workflow: SDXL,
    files: [BASE, 'ip-adapter-faceid-plusv2_sdxl.bin', 'CLIP-ViT-H-14-laion2B-s32B-b79K', ...FACEID.slice(1)],
  },
  clip_blend: { workflow: SDXL, files: [BASE, ...STANDARD, '79999_iter.pth'] },
  dual: { workflow: SDXL, files: [BASE, ...STANDARD, ...FACEID] },
}

// The SDXL workflow is not shipped before its models can be pulled; from then on their files are to be looked for too.
const isInstalled = (mode: AdapterMode) => shippedWorkflows().includes(MODES[mode].workflow)

/** The mode of a request that states none: the replaced system's own where it can be had. */
export const DEFAULT_MODE: AdapterMode = isInstalled('faceid_plus') ? 'faceid_plus' : 'quick'

/**
 * The shipped workflow that a mode is.
 * @throws Refusal 409 when its models are not here.
 */
export function workflowOf(mode: AdapterMode): string {
  const { workflow, files } = MODES[mode]
  if (isInstalled(mode)) return workflow
  throw new Refusal(
    409,
    'models-missing',
    `The adapter mode "${mode}" needs models that are not on this machine: ${files.join(', ')}. They come with \`portrait models pull sdxl-faceid\`; until then send adapter_mode "quick", which needs none of them.`,
  )
}
