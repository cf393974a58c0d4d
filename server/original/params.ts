import Type, { type Static } from '../schema.js'
import { ADAPTER_MODES, DEFAULT_MODE } from './adapter-modes.js'

const real = (value: number, minimum: number, maximum: number) =>
  Type.Optional(Type.Number({ default: value, minimum, maximum }))
const whole = (value: number, minimum: number, maximum: number) =>
  Type.Optional(Type.Integer({ default: value, minimum, maximum }))
const flag = (value: boolean) => Type.Optional(Type.Boolean({ default: value }))

/** Seeds are counted up from the first one of a batch, and stay exact up to here. */
const LAST_SEED = Number.MAX_SAFE_INTEGER - 8

/** All parameters of a generation, with the names, ranges and defaults of the replaced system's API. */
export const GenerationParams = Type.Object(
  {
    // More than any model reads; it is kept with its batch, in memory as well.
    prompt: Type.Optional(Type.String({ default: '', maxLength: 10_000 })),
    seed: Type.Optional(
      Type.Integer({ default: -1, minimum: -LAST_SEED, maximum: LAST_SEED, description: 'Below 0: drawn at random.' }),
    ),
    steps: whole(50, 1, 100),
    guidance_scale: real(7.5, 1, 20),
    denoise_strength: real(0.92, 0, 1),
    face_strength: real(0.85, 0, 1.5),
    stop_at: real(1, 0, 1),
    shortcut_scale: real(1, 0, 1),
    adapter_mode: Type.Optional(Type.Enum([...ADAPTER_MODES], { default: DEFAULT_MODE })),
    face_blend_weight: real(0.8, 0, 1),
    hair_blend_weight: real(0.2, 0, 1),
    mask_blur: whole(15, 0, 64),
    mask_expand: real(0.3, 0, 1),
    mask_padding: whole(0, -100, 100),
    include_hair: flag(true),
    include_neck: flag(false),
    use_pre_paste: flag(false),
    pre_paste_denoising: real(0.65, 0.3, 0.9),
    use_face_swap: flag(false),
    face_swap_model: Type.Optional(Type.Enum(['insightface', 'ghost'], { default: 'insightface' })),
    use_swap_refinement: flag(false),
    swap_refinement_strength: real(0.3, 0.1, 0.5),
    use_face_enhance: flag(false),
    face_enhance_strength: real(0.8, 0, 1),
    auto_prompt: flag(false),
  },
  { description: 'Parameters of a generation; what is left out has its default.' },
)
/** Parameters as a request gives them. */
export type GivenParams = Static<typeof GenerationParams>
/** All of them. */
export type GenerationParams = Required<GivenParams>

/** The defaults that the properties of a schema have. */
export const defaultsOf = ({ properties }: { readonly properties: object }): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties).map(([name, { default: value }]) => [name, value]))

const DEFAULTS = defaultsOf(GenerationParams) as GenerationParams

/** The parameters with those that were left out; what is no parameter is dropped, as Pydantic does. */
export function completeParams(given: GivenParams = {}): GenerationParams {
  const known = Object.entries(given).filter(([name, value]) => Object.hasOwn(DEFAULTS, name) && value !== undefined)
  return { ...DEFAULTS, ...Object.fromEntries(known) }
}

/** The names of what was given and says something: all but what equals its default. */
export const givenNames = (given: GivenParams = {}): string[] =>
  Object.entries(given).flatMap(([name, value]) => (isDefault(name, value) ? [] : [name]))

const isDefault = (name: string, value: unknown) =>
  Object.hasOwn(DEFAULTS, name) && DEFAULTS[name as keyof GenerationParams] === value

/** 'stop_at' is `stopAt` among the parameters of a workflow. */
export const parameterName = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
