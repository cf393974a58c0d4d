import type { Registry } from '../../engine/registry.js'
import { checkWorkflow, type Workflow } from '../../engine/workflow.js'
import { isRecord } from './prompt.js'
import { importPrompt } from './prompt-import.js'
import { malformed } from './ui-document.js'
import { uiToWorkflow } from './ui-to-workflow.js'

/** What a JSON document is: a workflow of ours, a file of ComfyUI's editor, or an API prompt. */
export type DocumentKind = 'workflow' | 'ui-0.4' | 'ui-1.0' | 'prompt'

/** Tells by its form what a document is; nothing if it is none of them. */
export function kindOfDocument(document: unknown): DocumentKind | undefined {
  if (!isRecord(document)) return undefined
  if (Array.isArray(document.nodes)) return document.version === 1 ? 'ui-1.0' : 'ui-0.4'
  // Whatever its version says: what is wrong with it is told in the words of ours. A prompt may have a node called so.
  if (isRecord(document.nodes) && typeof document.nodes.class_type !== 'string') return 'workflow'
  const nodes = Object.values(document)
  const isPrompt = nodes.length > 0 && nodes.every(node => isRecord(node) && typeof node.class_type === 'string')
  return isPrompt ? 'prompt' : undefined
}

/**
 * Reads any of the documents that carry a workflow, such as a file dropped on the editor or the text in a picture.
 * @throws InvalidWorkflow
 */
export function readComfyDocument(json: string, registry: Registry): { kind: DocumentKind; workflow: Workflow } {
  const document = parseJson(json)
  const kind = kindOfDocument(document)
  switch (kind) {
    case 'workflow':
      return { kind, workflow: checkWorkflow(document) }
    case 'ui-0.4':
    case 'ui-1.0':
      return { kind, workflow: uiToWorkflow(document, registry) }
    case 'prompt':
      return { kind, workflow: importPrompt(document, registry) }
    default:
      throw malformed(
        'The document must be a workflow of ours, a workflow of ComfyUI or an API prompt, but it has the form of none.',
      )
  }
}

/**
 * Parses JSON, also as Python writes it: old pictures hold NaN and Infinity, which become null.
 * @throws InvalidWorkflow
 */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    const plain = json.replace(/"(?:[^"\\]|\\.)*(?:"|$)|-?\bInfinity\b|\bNaN\b/gs, part =>
      part.startsWith('"') ? part : 'null',
    )
    if (plain !== json) return parseJson(plain)
    throw malformed(`The document must be JSON, but it cannot be read: ${(error as Error).message}.`)
  }
}
