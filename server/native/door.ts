import type { Door } from '../http/route.js'
import type { Services } from '../services.js'
import { accountRoutes } from './account-routes.js'
import { artifactRoutes } from './artifact-routes.js'
import { catalogueRoutes } from './catalogue-routes.js'
import { openDocuments } from './documents.js'
import { nativeFail } from './fail.js'
import { healthRoutes } from './health-routes.js'
import { runRoutes } from './run-routes.js'
import { workflowRoutes } from './workflow-routes.js'

/** Our own API. */
export function nativeDoor(services: Services): Door {
  const documents = openDocuments(services)
  const routes = [
    ...healthRoutes(services),
    ...accountRoutes(services),
    ...runRoutes(services, documents),
    ...workflowRoutes(services, documents),
    ...artifactRoutes(services),
    ...catalogueRoutes(services),
  ]
  return { name: 'native', routes, fail: nativeFail }
}
