export { asciiLower } from './ascii.ts';
export { type BackoffBounds, backoffMs } from './backoff.ts';
export { type Bound, bound } from './bounds.ts';
export { type Clock, isoTime, systemClock } from './clock.ts';
export {
  asFault,
  bug,
  conflict,
  Fault,
  type FaultClass,
  type FaultOptions,
  invalid,
  isAbort,
  NEWER_RELEASE,
  unavailable,
} from './fault.ts';
export { type OwnedId, ownedId, parseOwnedId, serialKey } from './ids.ts';
export { isInstant, LAST_INSTANT_MS, parseHttpDate, parseInstant, retryAfterMs } from './instant.ts';
export { canonicalJson, digest, type Json, type JsonObject } from './json.ts';
export { type Log, type LogFields, type Span, silentLog } from './log.ts';
export { createLru, type Lru } from './lru.ts';
export { type Reason, reason } from './reason.ts';
export { followRedirects, REDIRECT_HOPS, type Redirectable, type RedirectProblem } from './redirect.ts';
export { hashText, type Rng, seededRng } from './rng.ts';
