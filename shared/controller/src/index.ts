export {
  type Control,
  type ControlChange,
  type ControlExtension,
  type ControlState,
  createControl,
  SWITCHES,
  switchesView,
} from './control/control.ts';
export { createDeadLetters, type DeadLetters } from './dead-letters/dead-letters.ts';
export {
  bytesOf,
  decodedOf,
  isPayloadKept,
  keepable,
  keptMessageOf,
  type MessageToKeep,
} from './dead-letters/dead-message.ts';
export {
  type DeadLetter,
  type DeadLetterState,
  stateAfter,
  stateOf,
  tenantOfDeadLetter,
} from './dead-letters/record.ts';
export { type RedriveParts, redrive } from './dead-letters/redrive.ts';
export { askOwner, type Caller, restSource } from './http/ask.ts';
export { auditRoute, operationRoute } from './http/audit-routes.ts';
export { controlRoutes } from './http/control-routes.ts';
export { deadLetterRoutes } from './http/dead-letter-routes.ts';
export { publishEventRoute } from './http/event-routes.ts';
export { knownOwner, ownerRoutes } from './http/owner-routes.ts';
export { exampleText } from './http/parameters.ts';
export { serviceRoutes } from './http/service-routes.ts';
export { cannotHandle, handleEvent, type IntakeDeps, prepareEvent } from './intake/handle-event.ts';
export { type PublishDeps, publishOutgoing } from './intake/publish.ts';
export { type EventCatalogue, event, interpret, readEvent } from './intake/read-event.ts';
export { heardTopics, topicPlan } from './intake/topic-plan.ts';
export {
  createInventory,
  type Inventory,
  type InventoryGauges,
} from './inventory/inventory.ts';
export { type AfterInventory, inventoryTurn, noteIn } from './inventory/keep-inventory.ts';
export { type Counts, createTally } from './inventory/tally.ts';
export { findOwner, ownerPages, understood } from './inventory/walk.ts';
export { wakeOnReturn } from './reconcile/backend-returns.ts';
export { createCaller } from './reconcile/calls.ts';
export { CLAIM_BOUNDS, claimedElsewhere, takeClaim, withTakenOver } from './reconcile/claim.ts';
export type { RunEnd, Stage, WorkDefinition } from './reconcile/definition.ts';
export { type FollowParts, followCommit, followHint, type OwnPartition } from './reconcile/follow.ts';
export { createParking, type Parking } from './reconcile/parking.ts';
export { type RunDeps, runOwner } from './reconcile/run-owner.ts';
export { startWork, type Work, type WorkBounds, type WorkDeps, type WorkParts } from './reconcile/start-work.ts';
export { surveyStage } from './reconcile/survey-stage.ts';
export { startTurns, type Turn } from './reconcile/turns.ts';
export {
  AUDIT_TIMELINE,
  type AuditMark,
  actorsOf,
  difference,
  JOURNAL_PREFIX,
  type JournalRow,
  journalChange,
} from './rows/journal.ts';
export { HISTORY_TTL_MS, INBOX_TTL_MS, inboxKey, inboxKeys } from './rows/lives.ts';
export { type ServiceNames, serviceNames } from './rows/names.ts';
export { type FoundOperation, readOperation } from './rows/operations.ts';
export { changedRows, isReadable, operationKey, outgoingOf, readRows, timerOf } from './rows/owner-rows.ts';
export {
  createOwners,
  type Outcome,
  type OwnerDefinition,
  type Owners,
  type OwnersDeps,
  requireClaim,
} from './rows/owners.ts';
export { parseRow, writeRow, writeState } from './rows/parsed-rows.ts';
export { readTimeline, type TimelineItem, type TimelinePlace, timelineEntry } from './rows/timeline.ts';
export { readAllJournals, readJournal } from './shown/audit.ts';
export { noteTimelineBegun } from './shown/audit-before.ts';
export { type ListQuery, type ListSource, listOwners, type OwnersPage } from './shown/list.ts';
export {
  type ConditionView,
  conditionView,
  deadLetterDetailView,
  deadLetterView,
  frozenCondition,
  maybeTime,
  operationView,
  pausedFor,
  resourceView,
} from './shown/view.ts';
export { hasHeardTheEnd, type WatchParts, watchOwner } from './shown/watch.ts';
export {
  type Beside,
  CONTROLLER_BOUNDS,
  type Controller,
  type ControllerBounds,
  type ControllerDeps,
  type ControllerOptions,
  createController,
  startController,
} from './start-controller.ts';
export { SWEEP_BOUNDS, type SweepBounds } from './sweep/bounds.ts';
export type { SweepDefinition } from './sweep/definition.ts';
export { guarded, isOpen } from './sweep/parts.ts';
export { type Sweep, type SweepOptions, startSweep } from './sweep/sweep.ts';
