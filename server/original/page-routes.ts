import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../engine/root.js'
import { notFound } from '../http/refusal.js'
import { json, type Route, route } from '../http/route.js'
import Type from '../schema.js'

/** Scenes that come with the program. */
const DEMO_IMAGES = [{ file: 'reference.png', gender: 'other' }]

/** What the replaced system says of itself, and the scenes that it offers. */
export const pageRoutes = (): readonly Route[] => [
  route({
    method: 'get',
    path: '/health',
    about: 'That the server answers; /api/health says more.',
    access: 'anyone',
    answer: Type.Object({ status: Type.Literal('healthy') }),
    handle: () => json({ status: 'healthy' }),
  }),
  route({
    method: 'get',
    path: '/api/demo-images',
    about: 'Scenes for those who have none at hand.',
    access: 'anyone',
    answer: Type.Object({
      images: Type.Array(Type.Object({ url: Type.String(), gender: Type.Enum(['man', 'woman', 'other']) })),
    }),
    handle: () => json({ images: DEMO_IMAGES.map(({ file, gender }) => ({ url: `/demo/${file}`, gender })) }),
  }),
  route({
    method: 'get',
    path: '/demo/:file',
    about: 'One of these scenes.',
    access: 'anyone',
    params: Type.Object({ file: Type.String() }),
    handle: ({ params }) => {
      const image = DEMO_IMAGES.find(({ file }) => file === params.file)
      if (!image) throw notFound('File')
      const stream = createReadStream(join(packageRoot(), 'workflows', 'demo', image.file))
      return { headers: { 'Content-Type': 'image/png', 'Cache-Control': 'public, max-age=86400' }, stream }
    },
  }),
]
