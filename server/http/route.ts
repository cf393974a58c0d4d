import type { Readable } from 'node:stream'
import type { Request, Response } from 'express'
import type { Static, TObject, TSchema } from 'typebox'
import type { Owner, Principal } from '../access/principal.js'
import type { Refusal } from './refusal.js'

/**
 * Who may call a route.
 * - `anyone`: whoever reaches the port (health, sign-up, pages).
 * - `visitor`: whoever may use the system: anybody where anonymous use is allowed, else who is signed in or has the token.
 * - `user`: who is signed in.
 * - `operator`: who has the operator's token; on an open server, anybody.
 */
export type Access = 'anyone' | 'visitor' | 'user' | 'operator'

/** A request, checked. */
export interface Call<P extends TObject = TObject, Q extends TObject = TObject, B extends TSchema = TSchema> {
  readonly params: Static<P>
  readonly query: Static<Q>
  readonly body: Static<B>
  readonly who: Principal
  readonly owner: Owner
  /** Whether lists show what is anonymous: so on an open server, which one person has to himself. */
  readonly seesAnonymous: boolean
  readonly request: Request
  readonly response: Response
  /** Resolves when the answer has left, or the caller has gone. */
  readonly sent: Promise<void>
}

/** What a handler answers: JSON, bytes, or a stream. Nothing if it wrote the response itself. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly bytes?: Uint8Array
  readonly stream?: Readable
}

/** One route: what mounts it, checks it, documents it and tests it. */
export interface Route<P extends TObject = TObject, Q extends TObject = TObject, B extends TSchema = TSchema> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** '/api/runs/:id' */
  readonly path: string
  /** One sentence for the documentation. */
  readonly about: string
  readonly access: Access
  /** Calls that one person or address may make in a minute, where each costs much; not counted on an open server. */
  readonly perMinute?: number
  readonly params?: P
  readonly query?: Q
  /** Of a JSON body, whatever its Content-Type. Without it the body is left unread for the handler. */
  readonly body?: B
  /** An absent body counts as `{}`. */
  readonly bodyOptional?: true
  /** Schemas of other bodies by media type, which the handler reads itself; for the documentation. */
  readonly content?: Readonly<Record<string, TSchema>>
  /** The schema of a good answer, for the documentation; absent: not JSON. */
  readonly answer?: TSchema
  handle(call: Call<P, Q, B>): Promise<Answer | undefined> | Answer | undefined
}

/** Writes a route with the types of its parts inferred. */
export const route = <P extends TObject = TObject, Q extends TObject = TObject, B extends TSchema = TSchema>(
  definition: Route<P, Q, B>,
): Route => definition as unknown as Route

/** Answers JSON. */
export const json = (value: unknown, status = 200): Answer => ({ status, json: value })

/** A family of routes that refuse in one form. */
export interface Door {
  readonly name: 'native' | 'original' | 'comfy'
  readonly routes: readonly Route[]
  /** Further places where all its routes answer: '/comfy'. */
  readonly prefixes?: readonly string[]
  fail(refusal: Refusal): Answer
}
