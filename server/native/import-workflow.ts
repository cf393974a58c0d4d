import { readFile } from 'node:fs/promises'
import type { Request } from 'express'
import type { Workflow } from '../../engine/workflow.js'
import { readStamp } from '../../nodes/image/metadata.js'
import { sniffFormat } from '../../nodes/image/sniff.js'
import { readComfyDocument } from '../comfy/read-document.js'
import { DOCUMENT_BYTES } from '../document-size.js'
import { Refusal } from '../http/refusal.js'
import type { Services } from '../services.js'
import { readWorkflow } from './documents.js'

/**
 * Reads a workflow from the body of a request: a JSON document, or a picture that carries one, of ours or of ComfyUI;
 * as the body itself or as the field `file` of a form.
 * @throws InvalidWorkflow with every fault of form, Refusal 400 when there is no workflow.
 */
export async function importWorkflow(
  request: Request,
  { uploads, registry }: Pick<Services, 'uploads' | 'registry'>,
): Promise<Workflow> {
  const isForm = request.is('multipart/form-data')
  const file = isForm ? (await uploads.receive(request, 'file')).file : await uploads.receiveRaw(request)
  if (!file) throw new Refusal(400, 'missing-file', 'The form must have a field "file": a JSON document or a picture.')
  const bytes = await readFile(file.path)
  return readWorkflow(readComfyDocument(textOf(bytes), registry).workflow)
}

function textOf(bytes: Buffer): string {
  if (sniffFormat(bytes)) {
    // As ComfyUI reads its own: the workflow as it was drawn, else the prompt as it ran.
    const { workflow, prompt } = readStamp(bytes)
    const text = workflow ?? prompt
    if (text !== undefined) return text
    throw new Refusal(400, 'no-workflow', 'The picture carries no workflow; give the JSON file it was made with.')
  }
  if (bytes.length <= DOCUMENT_BYTES) return bytes.toString('utf8')
  throw new Refusal(413, 'too-large', `A workflow must have at most ${DOCUMENT_BYTES >> 20} MB.`)
}
