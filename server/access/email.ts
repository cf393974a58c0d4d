import { Refusal } from '../http/refusal.js'

/** The longest address that mail can be sent to (RFC 5321). */
export const EMAIL_LENGTH = 254

/**
 * The form in which an address is kept and looked up: trimmed, in lower case.
 * @throws Refusal 422 when it is no e-mail address.
 */
export function emailOf(text: string): string {
  const email = text.trim().toLowerCase()
  const fault = faultOf(email)
  if (fault === undefined) return email
  throw new Refusal(422, 'invalid', `The e-mail address is not valid: ${fault}`, [
    { place: ['body', 'email'], message: fault, keyword: 'format', params: { format: 'email' }, value: text },
  ])
}

function faultOf(email: string): string | undefined {
  if (!email.includes('@')) return 'An email address must have an @-sign.'
  if (email.length > EMAIL_LENGTH) return `It must have at most ${EMAIL_LENGTH} characters.`
  // No more than this: whether mail arrives only sending one can tell.
  if (!/^[^\s@<>"]+@[^\s@<>".]+(\.[^\s@<>".]+)+$/.test(email))
    return 'It must be a name, an @-sign and a domain with a period, without spaces.'
  return undefined
}
