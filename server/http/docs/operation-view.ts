import type { Content, Openapi, Operation } from '../openapi.js'
import type { Access } from '../route.js'
import { type Html, html } from './html.js'
import { fieldList, schemaView } from './schema-view.js'

const WHO: Readonly<Record<Access, string>> = {
  anyone: 'Anybody may call it.',
  visitor: 'Whoever may use the server: anybody, or who is signed in or has the token, as the server is set up.',
  user: 'Who is signed in.',
  operator: "Who has the operator's token; anybody on an open server.",
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
<p class="who">${WHO[operation['x-access']]} <a class="anchor" href="#${operationId}">Link</a></p>
${part('Path', fieldsIn(place('path')))}${part('Query', fieldsIn(place('query')))}
${requestBody && part(requestBody.required ? 'Body' : 'Body, which may be absent', contentView(requestBody.content))}
${part('Answer', answerView(responses['2XX']))}
</div>
</details>
`
}

const fieldsIn = (fields: Parameters<typeof fieldList>[0]) => (fields.length > 0 ? fieldList(fields) : undefined)

const part = (title: string, content: Html | undefined) => content && html`<h4>${title}</h4>${content}`

const answerView = (answer: Operation['responses'][string] | undefined) =>
  answer?.content ? contentView(answer.content) : html`<p class="type">${answer?.description}</p>`

const contentView = (content: Content): Html =>
  html`${Object.entries(content).map(
    ([type, { schema }]) =>
      html`${type !== 'application/json' && html`<p class="type"><code>${type}</code></p>`}${schemaView(schema)}`,
  )}`

/** A long path breaks at its slashes, where there is no room for it. */
const brokenPath = (path: string) => path.split('/').map((name, index) => html`${index > 0 && html`/<wbr>`}${name}`)

/** Shows how a door refuses. */
export const refusalView = ({ components }: Openapi, door: string): Html =>
  html`<details class="refusal"><summary>How it refuses</summary><div class="more">${schemaView(
    components.schemas[`${door}-refusal`] ?? {},
  )}</div></details>`
