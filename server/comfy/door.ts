import type { Door } from '../http/route.js'
import type { Services } from '../services.js'
import { fail } from './fail.js'
import { historyRoutes } from './history.js'
import { jobRoutes } from './jobs.js'
import { listingRoutes } from './listings.js'
import { promptRoutes } from './prompt-routes.js'
import { queueRoutes } from './queue-routes.js'
import { settingsRoutes } from './settings.js'
import { systemRoutes } from './system.js'
import { uploadRoutes } from './upload-routes.js'
import { userdataRoutes } from './userdata.js'
import { viewRoutes } from './view.js'

/** ComfyUI's HTTP API, for clients that were written for it. */
export const comfyDoor = (services: Services): Door => ({
  name: 'comfy',
  prefixes: ['/comfy', '/api'],
  routes: [
    ...promptRoutes(services),
    ...queueRoutes(services),
    ...historyRoutes(services),
    ...jobRoutes(services),
    ...viewRoutes(services),
    ...uploadRoutes(services),
    ...listingRoutes(services),
    ...settingsRoutes(services),
    ...userdataRoutes(services),
    ...systemRoutes(services),
  ],
  fail,
})
