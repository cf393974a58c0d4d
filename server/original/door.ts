import type { Door } from '../http/route.js'
import type { Services } from '../services.js'
import { authRoutes } from './auth-routes.js'
import { originalFail } from './fail.js'
import { fileRoutes } from './file-routes.js'
import { generationRoutes } from './generation-routes.js'
import { historyRoutes } from './history-routes.js'
import { pageRoutes } from './page-routes.js'
import { settingsRoutes } from './settings-routes.js'
import { uploadRoutes } from './upload-routes.js'

/** The API of the system that this one replaces, so that its clients go on working. */
export const originalDoor = (services: Services): Door => ({
  name: 'original',
  routes: [
    ...pageRoutes(),
    ...authRoutes(services),
    ...uploadRoutes(services),
    ...generationRoutes(services),
    ...historyRoutes(services),
    ...settingsRoutes(services),
    ...fileRoutes(services),
  ],
  fail: originalFail,
})
