import type { Content, Openapi, Operation } from '../openapi.js'
import type { Access } from '../route.js'
import { type Html, html } from './html.js'
import { fieldList, schemaView, type Way } from './schema-view.js'

const WHO: Readonly<Record<Access, string>> = {
  anyone: 'For anybody.',
  visitor: 'For who is signed in, or has the operator’s token.',
  user: 'For who is signed in.',
  operator: 'For who has the operator’s token.',
}

function whoMay({ security, 'x-access': access }: Operation): string {
  const isForAll = access !== 'anyone' && security.some(way => Object.keys(way).length === 0)
  return isForAll ? 'For anybody, as this server is set up.' : WHO[access]
}

/** Shows one route: closed it is a line, open it is all that there is to know. */
export function operationView(method: string, path: string, operation: Operation): Html {
  const { operationId, summary, parameters = [], requestBody, responses } = operation
  const place = (wanted: 'path' | 'query') =>
    parameters
      .filter(parameter => parameter.in === wanted)
      .map(({ name, required, description, schema }) => ({
        name,
        required,
        schema: description ? { ...schema, description } : schema,
      }))
  return html`<details class="operation" id="${operationId}">
<summary><span class="method ${method}">${method}</span> <code class="path">${brokenPath(path)}</code> <span class="about">${summary}</span></summary>
<div class="more">
<p class="who">${whoMay(operation)} <a class="anchor" href="#${operationId}">Link</a></p>
${part('Path', fieldsIn(place('path')))}${part('Query', fieldsIn(place('query')))}
${requestBody && part(requestBody.required ? 'Body' : 'Body, which may be absent', contentView(requestBody.content, 'sent'))}
${part('Answer', answerView(responses['2XX']))}
</div>
</details>
`
}

const fieldsIn = (fields: Parameters<typeof fieldList>[0]) =>
  fields.length > 0 ? fieldList(fields, 'sent') : undefined

const part = (title: string, content: Html | undefined) => content && html`<h4>${title}</h4>${content}`

const answerView = (answer: Operation['responses'][string] | undefined) =>
  answer?.content ? contentView(answer.content, 'answered') : html`<p class="type">${answer?.description}</p>`

const contentView = (content: Content, way: Way): Html =>
  html`${Object.entries(content).map(
    ([type, { schema }]) =>
      html`${type !== 'application/json' && html`<p class="type"><code>${type}</code></p>`}${schemaView(schema, way)}`,
  )}`

/** A long path breaks at its slashes, where there is no room for it. */
const brokenPath = (path: string) => path.split('/').map((name, index) => html`${index > 0 && html`/<wbr>`}${name}`)

/** Shows how a door refuses. */
export const refusalView = ({ components }: Openapi, door: string): Html =>
  html`<details class="refusal"><summary>How it refuses</summary><div class="more">${schemaView(
    components.schemas[`${door}-refusal`] ?? {},
    'answered',
  )}</div></details>`
