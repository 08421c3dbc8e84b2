export {
  type BlueprintProblem,
  type BlueprintResource,
  blueprintResourcesSchema,
  goalDigest,
  instantiateGraph,
  type Naming,
  resourceProblems,
} from './blueprint.ts';
export { type Growth, overCeiling } from './ceiling.ts';
export { describeLeft, isTold } from './consent.ts';
export { isToldFight } from './fight.ts';
export { edgesOf, type GraphNode, graphProblems, nodeId } from './graph.ts';
export { isConcerned, nextDueAtMs, type Situation } from './need.ts';
export { takeOver } from './patch.ts';
export { type Action, type Goal, type NodePlan, type PlanInput, planNode } from './plan.ts';
export {
  ABSENT,
  type Absent,
  type Backend,
  type Change,
  isAbsent,
  type Mark,
  type Outputs,
  type Provider,
  type ProviderBounds,
  type Ref,
  type Scope,
  type SeenBase,
  type Weakening,
} from './provider.ts';
export {
  applyPatch,
  freshRecord,
  type Intent,
  type LeftChange,
  type NodeFailure,
  type NodePatch,
  type NodeRecord,
  type NodeStatus,
  patched,
} from './record.ts';
export { renderPlan } from './render.ts';
export { judgeFailure, RETRY_BOUNDS, type RetryBounds, type Verdict } from './retry.ts';
export { type Room, RUN_BOUNDS, type RunBounds, type RunExtent, type RunInput, run, SUPERSEDED } from './run.ts';
export { type Caller, type Sighting, type SurveyInput, sight, survey, type Verb } from './survey.ts';
