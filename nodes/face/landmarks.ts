/** The outline of the face, clockwise from the top of the forehead (MediaPipe's FACE_OVAL, 36 indices). */
export const FACE_OVAL: readonly number[] = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
]

/** The lids of the eye that lies left in an upright image, as a closed loop. */
export const IMAGE_LEFT_EYE: readonly number[] = [
  33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7,
]

/** The lids of the eye that lies right in an upright image, as a closed loop. */
export const IMAGE_RIGHT_EYE: readonly number[] = [
  263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249,
]

/** The border between lips and skin, as a closed loop. */
export const LIPS_OUTER: readonly number[] = [
  61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146,
]

/** The inner border of the lips: what is inside it is teeth, tongue and dark. */
export const LIPS_INNER: readonly number[] = [
  78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95,
]

/** The brow above the eye that lies left in the image, as a closed loop. */
export const IMAGE_LEFT_BROW: readonly number[] = [46, 53, 52, 65, 55, 107, 66, 105, 63, 70]

/** The brow above the eye that lies right in the image, as a closed loop. */
export const IMAGE_RIGHT_BROW: readonly number[] = [276, 283, 282, 295, 285, 336, 296, 334, 293, 300]

/** Single points with a meaning of their own. */
export const LANDMARK = {
  foreheadTop: 10,
  chin: 152,
  noseTip: 1,
  noseBridge: 168,
  betweenBrows: 8,
  noseBack: 5,
  imageLeftEyeOuter: 33,
  imageLeftEyeInner: 133,
  imageRightEyeOuter: 263,
  imageRightEyeInner: 362,
  imageLeftMouthCorner: 61,
  imageRightMouthCorner: 291,
  upperLipInside: 13,
  lowerLipInside: 14,
} as const
