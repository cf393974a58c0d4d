import type { Door } from './route.js'

/** What each door is for. */
export const DOORS: Readonly<Record<Door['name'], string>> = {
  native: 'Our own API: runs, workflows, files, accounts.',
  original: 'The API of the system that this one replaces, for clients that were written for it.',
  comfy:
    "ComfyUI's API, for clients that were written for it. Each route answers under /comfy as well, and under /api where no other has its path.",
}

const text = { type: 'string' } as const
const texts = { type: 'array', items: text } as const
const object = (properties: Readonly<Record<string, object>>, ...required: string[]) => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
})

/** How each door says a refusal; a test compares them with what the doors say. */
export const REFUSALS = {
  'native-refusal': object(
    {
      code: { ...text, description: 'A short word for programs.' },
      message: { ...text, description: 'What was wanted, what came, and what to do.' },
      faults: {
        type: 'array',
        description: 'Every fault of the form of the request.',
        items: object(
          { place: { type: 'array', items: { type: ['string', 'number'] } }, message: text },
          'place',
          'message',
        ),
      },
      issues: {
        type: 'array',
        description: 'Every fault of a workflow.',
        items: object({ code: text, node: text, input: text, message: text }, 'code', 'message'),
      },
    },
    'code',
    'message',
  ),
  'original-refusal': object(
    {
      detail: {
        anyOf: [
          text,
          {
            type: 'array',
            items: object(
              {
                type: text,
                loc: { type: 'array', items: { type: ['string', 'number'] } },
                msg: text,
                input: {},
                ctx: object({}),
              },
              'type',
              'loc',
              'msg',
            ),
          },
        ],
        description: 'A sentence; of the form of a request (422), every fault as FastAPI says it.',
      },
    },
    'detail',
  ),
  'comfy-refusal': object(
    {
      error: object({ type: text, message: text, details: text, extra_info: object({}) }, 'type', 'message'),
      node_errors: {
        type: 'object',
        description: 'By node: its faults.',
        additionalProperties: object({
          errors: { type: 'array', items: object({}) },
          dependent_outputs: texts,
          class_type: text,
        }),
      },
    },
    'error',
  ),
} as const satisfies Readonly<Record<`${Door['name']}-refusal`, object>>
