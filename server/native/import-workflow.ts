import { readFile } from 'node:fs/promises'
import type { Request } from 'express'
import { parseWorkflow, type Workflow } from '../../engine/workflow.js'
import { readStamp } from '../../nodes/image/metadata.js'
import { sniffFormat } from '../../nodes/image/sniff.js'
import { Refusal } from '../http/refusal.js'
import type { Uploads } from '../uploads.js'
import { DOCUMENT_BYTES, readWorkflow } from './documents.js'

/**
 * Reads a workflow from the body of a request: a JSON document, or a picture that carries one; as the body itself or as
 * the field `file` of a form.
 * @throws InvalidWorkflow with every fault of form, Refusal 400 when there is no workflow.
 */
export async function importWorkflow(request: Request, uploads: Uploads): Promise<Workflow> {
  const isForm = request.is('multipart/form-data')
  const file = isForm ? (await uploads.receive(request, 'file')).file : await uploads.receiveRaw(request)
  if (!file) throw new Refusal(400, 'missing-file', 'The form must have a field "file": a JSON document or a picture.')
  const bytes = await readFile(file.path)
  return readWorkflow(parseWorkflow(textOf(bytes)))
}

function textOf(bytes: Buffer): string {
  if (sniffFormat(bytes)) {
    const { workflow } = readStamp(bytes)
    if (workflow !== undefined) return workflow
    throw new Refusal(400, 'no-workflow', 'The picture carries no workflow; give the JSON file it was made with.')
  }
  if (bytes.length <= DOCUMENT_BYTES) return bytes.toString('utf8')
  throw new Refusal(413, 'too-large', `A workflow must have at most ${DOCUMENT_BYTES >> 20} MB.`)
}
