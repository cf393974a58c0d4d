import Type from '../schema.js'

/** Bytes, in the schema of a body. */
const Bytes = Type.String({ format: 'binary' })

/** How OpenAPI describes a form with a file in the field `file`. */
export const FORM_WITH_FILE = { 'multipart/form-data': Type.Object({ file: Bytes }) }

/** How OpenAPI describes a picture, as the body itself. */
export const PICTURE = { 'image/*': Bytes }
