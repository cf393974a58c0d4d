import { Refusal } from '../http/refusal.js'

/** Longer ones are no safer, only slower. */
export const PASSWORD_LENGTH = 1024

// The web client of the replaced system asks for six, and its people keep their passwords.
const SHORTEST = 6

/** What is tried first wherever passwords are guessed. */
const COMMON: ReadonlySet<string> = new Set(
  `123456 1234567 12345678 123456789 1234567890 654321 123123 112233 121212 123321 1q2w3e 1q2w3e4r abc123 password
   password1 passw0rd p@ssword p@ssw0rd qwerty qwerty1 qwerty123 qwertyuiop asdfgh zxcvbn iloveyou letmein welcome
   monkey dragon sunshine princess football baseball`.split(/\s+/),
)

/**
 * Refuses a new password that would be guessed at once; beyond that people know best.
 * @throws Refusal 422
 */
export function checkPassword(password: string, email: string, field: readonly string[] = ['password']): void {
  const fault = faultOf(password, email)
  if (fault === undefined) return
  const message = `The password ${fault}.`
  throw new Refusal(422, 'weak-password', message, [
    { place: ['body', ...field], message, keyword: 'password', params: {}, value: undefined },
  ])
}

function faultOf(password: string, email: string): string | undefined {
  const letters = [...password]
  const lower = password.toLowerCase()
  if (letters.length < SHORTEST) return `must have at least ${SHORTEST} characters`
  if (letters.length > PASSWORD_LENGTH) return `must have at most ${PASSWORD_LENGTH} characters`
  if (lower === email || lower === email.split('@')[0]) return 'must not be the e-mail address or its name'
  if (COMMON.has(lower) || new Set(letters).size === 1) return 'is one of those that are guessed first; take another'
  return undefined
}
