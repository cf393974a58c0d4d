import { Refusal } from '../http/refusal.js'
import type { Reader } from './named-files.js'

/** Whether strangers share what this caller would keep: nobody's things on a server that many use. */
const isShared = ({ owner, seesAnonymous }: Reader): boolean => owner === 'anonymous' && !seesAnonymous

/** The caller's shelf of files and settings; nothing where strangers would share it. */
export const ownShelf = (reader: Reader) => (isShared(reader) ? undefined : reader.owner)

/** @throws Refusal 401 where strangers would share it. */
export function mustOwnShelf(reader: Reader) {
  if (isShared(reader))
    throw new Refusal(401, 'sign-in', 'Sign in first: without an account nothing is kept here for you.')
  return reader.owner
}
