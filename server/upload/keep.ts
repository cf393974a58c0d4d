import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Artifacts } from '../../engine/artifacts.js'
import type { Owner } from '../access/principal.js'
import type { Store, Upload } from '../store/store.js'
import { turns } from '../turns.js'
import type { ReceivedFile } from '../uploads.js'
import { cutOff } from './body-limits.js'
import { cleanPicture } from './clean-picture.js'

/** Pictures that are looked through at once; a decoder may hold hundreds of megabytes of one. */
const AT_ONCE = 2

/** Makes the function that keeps received pictures. */
export function pictureKeeper({ artifacts, store }: { readonly artifacts: Artifacts; readonly store: Store }) {
  const turn = turns(AT_ONCE)
  return (file: ReceivedFile, owner: Owner): Promise<Upload> =>
    turn(async () => {
      // The caller has gone, and its file with it.
      const received = await readFile(file.path).catch(() => Promise.reject(cutOff()))
      const { bytes, format, width, height } = await cleanPicture(received)
      const artifact = await artifacts.put(bytes, format === 'jpeg' ? 'jpg' : format)
      const upload: Upload = {
        id: randomUUID(),
        owner,
        artifact,
        artifacts: [artifact],
        mime: `image/${format}`,
        bytes: bytes.length,
        width,
        height,
        createdAt: Date.now(),
      }
      await store.commit([{ table: 'uploads', create: upload }])
      return upload
    })
}
