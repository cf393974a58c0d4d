/** The engine for other programs: bring your own nodes. */
export { type Artifacts, isArtifactName, openArtifacts } from './artifacts.js'
export { type Cache, type CacheOptions, type Entry, openCache } from './cache.js'
export { InvalidWorkflow, type Issue, type IssueCode, isCancellation } from './errors.js'
export type { ExecutionEvent } from './event.js'
export { execute, type Failure, type RunResult, type StepResult, type StepState, type Surroundings } from './execute.js'
export { explain, forecast, type PlanRecord, recordPlan, type StepRecord } from './explain.js'
export type { Lane, RunLanes } from './lane.js'
export { type Lanes, type LanesOptions, openLanes } from './lanes.js'
export {
  defineNode,
  type LaneName,
  type NodeContext,
  type NodeDefinition,
  type NodePack,
  type Preview,
} from './node.js'
export { bindParameters, type OpenParameter, openParameters } from './parameters.js'
export { type Plan, type PlanOptions, plan, type Step } from './plan.js'
export {
  choice,
  float,
  integer,
  lazy,
  list,
  optional,
  type Port,
  type Ports,
  port,
  text,
  toggle,
  type Values,
} from './port.js'
export { createRegistry, type Registry } from './registry.js'
export {
  type Component,
  checkWorkflow,
  type Input,
  isLink,
  type Link,
  type Literal,
  type Parameter,
  parseWorkflow,
  type Target,
  type Workflow,
  type WorkflowNode,
  workflowSchema,
} from './workflow.js'
