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
export { type PublishDeps, publishOutgoing } from './intake/publish.ts';
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
