import Type from '../schema.js'
import { GenerationParams } from './params.js'
import { GenerationTask } from './task.js'

const TextOrNull = (maxLength: number) => Type.Optional(Type.Union([Type.String({ maxLength }), Type.Null()]))
const Id = Type.String({ maxLength: 255 })
/** Pictures of one request. */
export const Count = Type.Integer({ minimum: 1, maximum: 8, default: 4 })
/** What `/start` takes. */
export const StartRequest = Type.Object({
  face_image_id: Id,
  reference_image_id: TextOrNull(255),
  params: Type.Optional(GenerationParams),
  count: Type.Optional(Count),
  parallel: Type.Optional(Type.Boolean({ default: false })),
  title: TextOrNull(255),
  client_id: TextOrNull(255),
})

/** What `/start` answers. */
export const Started = Type.Object({
  batch_id: Type.String(),
  tasks: Type.Array(GenerationTask),
  total_count: Type.Integer(),
  ignored_params: Type.Array(Type.String(), {
    description: 'Parameters that were given and that the chosen adapter mode has no use for.',
  }),
})

/** What `/status` answers. */
export const Status = Type.Object({
  batch_id: Type.String(),
  tasks: Type.Array(GenerationTask),
  completed: Type.Integer(),
  total: Type.Integer(),
})
