import { localQueue } from '../../../server/queue/local-queue.js'
import { queueContract } from '../../contract/queue.js'

queueContract('localQueue', localQueue)
