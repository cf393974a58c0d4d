import { createHmac } from 'node:crypto'
import type { Links } from '../services.js'
import { isEqualSecret } from './equal.js'
import { keyFor } from './secret.js'

/** Signs paths by HMAC-SHA-256 with a key of the server's secret, so that they need no memory and outlive a restart. */
export function openLinks(secret: Uint8Array): Links {
  const signing = keyFor(secret, 'links')
  const keyOf = (path: string) => createHmac('sha256', signing).update(path).digest('base64url')
  return {
    sign: path => `${path}?key=${keyOf(path)}`,
    isSigned: (path, key) => key !== undefined && isEqualSecret(key, keyOf(path)),
  }
}
