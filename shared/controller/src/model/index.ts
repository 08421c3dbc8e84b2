export type {
  DeadLetterOutgoing,
  Decision,
  Disposition,
  OperationKindOf,
  Outgoing,
  OwnedRows,
  OwnedTypes,
  WaitingMessage,
} from './decision.ts';
export { type EventSource, type KeptMessage, type Source, saidAtMs, type Trace } from './message.ts';
export { EMPTY_OWNED, patchRecords, tryAgain, withOperation, withRefusal } from './owned.ts';
export type {
  Claim,
  Condition,
  EndedOperation,
  Operation,
  OwnedState,
  Owner,
  Recheck,
  Serials,
} from './state.ts';
export { isGone, type OwnerSummary } from './summary.ts';
export { isSweepable, type SweepFound } from './sweep.ts';
