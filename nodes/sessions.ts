import { join } from 'node:path'
import type { NodeContext } from '../engine/node.js'
import type { FaceGeometry } from '../models/face-geometry.js'
import { faceGeometry } from '../models/face-geometry.js'
import type { Sessions, Tensor } from '../models/session.js'
import { openSessions } from '../models/session.js'

/** The models of the thread that a node runs on: opened with the first node that wants one, kept for all that follow. */
export const sessionsOf = (context: NodeContext): Sessions =>
  context.keep('sessions', () =>
    openSessions({ folder: join(context.folder, 'models'), device: context.device, log: text => context.log(text) }),
  )

/** The canonical face, read once a thread. */
export const geometryOf = (context: NodeContext): Promise<FaceGeometry> => context.keep('face-geometry', faceGeometry)

/** Runs a model of one input on one tensor and answers its outputs in the model's order. */
export async function runModel(context: NodeContext, model: string, input: Tensor): Promise<readonly Tensor[]> {
  const session = await sessionsOf(context).get(model)
  const results = await session.run({ [session.inputs[0]]: input })
  return session.outputs.map(name => results[name])
}
