/** How a model's file is written: what `compileModel` must turn it from. */
export type ModelFormat = 'tflite' | 'onnx' | 'data'

/** A file inside an npm package that is installed only to build: `collect` copies it beside the compiled code. */
export interface PackageSource {
  readonly package: string
  /** The exact version whose bytes the entry describes. */
  readonly version: string
  /** Path inside the package. */
  readonly file: string
  /** `file` is an Emscripten pack; this is the name (without folders) of the asset in it, `loader` the script that says where. */
  readonly packed?: { readonly name: string; readonly loader: string }
}

/** Under which terms a model's file may be used and passed on; the full texts are in NOTICE. */
export interface Licence {
  /** SPDX identifier. */
  readonly id: string
}

/** One model: what it is for, where its file comes from, and how to know that file again. */
export interface CatalogueEntry {
  readonly id: string
  readonly purpose: string
  readonly format: ModelFormat
  readonly bytes: number
  /** SHA-256 of the file, lower-case hexadecimal. */
  readonly sha256: string
  readonly licence: Licence
  /** One sentence: who made it, and what is not known about it. */
  readonly provenance: string
  readonly source: PackageSource
}

const mediapipe = { licence: { id: 'Apache-2.0' }, provenance: 'Google MediaPipe, as published in its npm package.' }

const faceMeshPack = {
  package: '@mediapipe/face_mesh',
  version: '0.4.1657299874',
  file: 'face_mesh_solution_packed_assets.data',
}

const loader = 'face_mesh_solution_packed_assets_loader.js'

/** Every model this program knows, all of them small enough to ship with it. */
export const catalogue = [
  {
    id: 'face-detection-full',
    purpose: 'Finds faces up to about five metres away: the first choice for whole photographs.',
    format: 'tflite',
    bytes: 1_083_984,
    sha256: '99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3',
    ...mediapipe,
    source: {
      package: '@mediapipe/face_detection',
      version: '0.4.1657300184',
      file: 'face_detection_full_range.tflite',
    },
  },
  {
    id: 'face-detection-short',
    purpose: 'Finds faces that fill the frame, which the full-range detector misses.',
    format: 'tflite',
    bytes: 229_032,
    sha256: '3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633',
    ...mediapipe,
    source: {
      package: '@mediapipe/face_detection',
      version: '0.4.1657300184',
      file: 'face_detection_short_range.tflite',
    },
  },
  {
    id: 'face-mesh',
    purpose: 'Places 478 landmarks on a face, with attention to lips, eyes and irises.',
    format: 'tflite',
    bytes: 2_495_952,
    sha256: '883b7411747bac657c30c462d305d312e9dec6adbf8b85e2f5d8d722fca9455d',
    ...mediapipe,
    source: { ...faceMeshPack, packed: { name: 'face_landmark_with_attention.tflite', loader } },
  },
  {
    id: 'selfie-segmentation',
    purpose: 'Separates a person from the background.',
    format: 'tflite',
    bytes: 249_024,
    sha256: '8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27',
    ...mediapipe,
    source: {
      package: '@mediapipe/selfie_segmentation',
      version: '0.1.1675465747',
      file: 'selfie_segmentation.tflite',
    },
  },
  {
    id: 'face-geometry',
    purpose: 'The canonical face: 468 points in centimetres, 898 triangles, and the weights that fit a pose to them.',
    format: 'data',
    bytes: 19_376,
    sha256: 'bdbcda96dfcb7da883da124aaa2c55dee49770d934f0fcc71747f8c21bdc75b4',
    ...mediapipe,
    source: { ...faceMeshPack, packed: { name: 'geometry_pipeline_metadata_landmarks.binarypb', loader } },
  },
  {
    id: 'fr-feature',
    purpose: 'Describes the identity of an aligned face by 512 numbers that compare by cosine.',
    format: 'onnx',
    bytes: 4_884_269,
    sha256: '87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581',
    licence: { id: 'MIT' },
    provenance:
      'Faceplugin, as published in its npm package; the data it was trained on is not documented, and the licence covers the file, not that data.',
    source: { package: 'faceplugin-face-recognition-js', version: '0.0.1', file: 'model/fr_feature.onnx' },
  },
] as const satisfies readonly CatalogueEntry[]

/** The id of a model that ships with the program. */
export type EmbeddedId = (typeof catalogue)[number]['id']

/**
 * The entry of a model.
 * @throws when the catalogue has no such id.
 */
export function catalogueEntry(id: string): CatalogueEntry {
  const entry = catalogue.find(each => each.id === id)
  if (entry) return entry
  const known = catalogue.map(each => each.id).join(', ')
  throw new Error(`The catalogue of models has no "${id}"; it has ${known}.`)
}
