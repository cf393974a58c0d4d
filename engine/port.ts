/** One input or output of a node: plain data, so it travels to the editor, the API and the CLI as it is. */
export interface Port<T = unknown> {
  /** 'INT' 'FLOAT' 'TEXT' 'TOGGLE' 'CHOICE' for what a person types; an open set of names ('IMAGE', 'MASK', …) for the rest. */
  readonly type: string
  readonly default?: T
  readonly optional?: true
  readonly hint?: string
  readonly min?: number
  readonly max?: number
  readonly step?: number
  readonly choices?: readonly string[]
  readonly multiline?: true
  /** The text names a file; whoever runs the workflow replaces it by the artifact that holds the file's bytes. */
  readonly upload?: 'image'
  /** Output: yields a list. Input: takes the whole list instead of running once an item. */
  readonly list?: true
  /** Computed only when the node's `needs` names it. */
  readonly lazy?: true
}

export type Ports = Readonly<Record<string, Port>>

type ValueOf<P> = P extends Port<infer T> ? T : never
type MayBeAbsent = { readonly optional: true } | { readonly lazy: true }

/** The values that belong to a set of ports: what `run` is given and what it answers. */
export type Values<P extends Ports> = {
  readonly [K in keyof P]: P[K] extends MayBeAbsent ? ValueOf<P[K]> | undefined : ValueOf<P[K]>
}

type Options<T> = Omit<Port<T>, 'type' | 'optional' | 'list' | 'lazy'>

/** A port of any type name; the value type is the caller's promise. */
export const port = <T>(type: string, options: Options<T> = {}): Port<T> => ({ type, ...options })
/** A whole number. */
export const integer = (options: Options<number> = {}): Port<number> => ({ type: 'INT', ...options })
/** A real number. */
export const float = (options: Options<number> = {}): Port<number> => ({ type: 'FLOAT', ...options })
/** Text, of one line unless `multiline`. */
export const text = (options: Options<string> = {}): Port<string> => ({ type: 'TEXT', ...options })
/** On or off. */
export const toggle = (options: Options<boolean> = {}): Port<boolean> => ({ type: 'TOGGLE', ...options })
/** One of a few words. */
export const choice = <const C extends readonly string[]>(
  choices: C,
  options: Omit<Options<C[number]>, 'choices'> = {},
): Port<C[number]> => ({ type: 'CHOICE', choices, ...options })

/** The same port, which may be left without a value. */
export const optional = <P extends Port>(of: P): P & { readonly optional: true } => ({ ...of, optional: true })
/** The same input, asked for only when `needs` names it. */
export const lazy = <P extends Port>(of: P): P & { readonly lazy: true } => ({ ...of, lazy: true })
/** A port that carries a whole list. */
export const list = <T>({ default: _, ...of }: Port<T>): Port<readonly T[]> & { readonly list: true } => ({
  ...of,
  list: true,
})
