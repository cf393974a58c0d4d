/** A detector of MediaPipe's: which model, what it is shown, and what its outputs are measured from. */
export interface Detector {
  readonly model: 'face-detection-full' | 'face-detection-short'
  /** The side of the square it is shown, in pixels: [1, size, size, 3] RGB, x / 127.5 − 1. */
  readonly size: number
  /** [n × (x, y)] 0…1 of the square: what each of the n answers is an offset from. */
  readonly anchors: Float32Array
  /** Answers below this probability are dropped. */
  readonly threshold: number
}

/** For whole photographs: faces from about a fifteenth of the picture's side, when they are alone. */
export const fullRange = (): Detector => ({
  model: 'face-detection-full',
  size: 192,
  anchors: gridAnchors(48, 1),
  // MediaPipe takes .6; a face turned away scored .56, armour that even the mesh takes for a face .34.
  threshold: 0.5,
})

/** For faces that fill the picture. */
export const shortRange = (): Detector => ({
  model: 'face-detection-short',
  size: 128,
  anchors: Float32Array.of(...gridAnchors(16, 2), ...gridAnchors(8, 6)),
  threshold: 0.5,
})

/** The centres of cells × cells, row by row, each `times` times. */
function gridAnchors(cells: number, times: number): Float32Array {
  const anchors = new Float32Array(cells * cells * times * 2)
  for (let i = 0; i < cells * cells * times; i++) {
    const cell = Math.floor(i / times)
    anchors[i * 2] = ((cell % cells) + 0.5) / cells
    anchors[i * 2 + 1] = (Math.floor(cell / cells) + 0.5) / cells
  }
  return anchors
}
