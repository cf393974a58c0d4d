import { defineNode } from '../../engine/node.js'
import { float } from '../../engine/port.js'
import type { Pose } from '../ports.js'
import { faceMesh } from '../ports.js'

/** Says how differently two heads are turned. */
export const PoseGap = defineNode({
  type: 'PoseGap',
  version: 1,
  category: 'identity',
  description: 'Says how differently two heads are turned: by how many degrees b is turned further than a.',
  lane: 'main',
  sink: true,
  inputs: { a: faceMesh('One face, from FaceMesh'), b: faceMesh('The other face') },
  outputs: {
    yaw: float({ hint: 'Degrees, positive: further to the image’s right' }),
    pitch: float({ hint: 'Degrees, positive: further down' }),
    roll: float({ hint: 'Degrees, positive: further clockwise' }),
  },
  run: ({ a, b }) => poseGap(a.pose, b.pose),
})

/** How far pose b is turned from pose a: degrees, −180…180. */
export const poseGap = (a: Pose, b: Pose): Pose => ({
  yaw: shortestTurn(b.yaw - a.yaw),
  pitch: shortestTurn(b.pitch - a.pitch),
  roll: shortestTurn(b.roll - a.roll),
})

/** The same turn the short way round: 350° is −10°. */
const shortestTurn = (degrees: number) => degrees - 360 * Math.round(degrees / 360)
