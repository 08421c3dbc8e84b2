/**
 * The parts of the sweep by themselves, for tests that look at one of them with owners of a service.
 */
export { createBudget } from './budget.ts';
export { createDetails, type Details } from './details.ts';
export { takeUpLeft } from './left.ts';
export { canBeListed, listKind } from './listing.ts';
export type { SweepParts } from './parts.ts';
export { readPlace, writePlace } from './place.ts';
export { comparePresence } from './presence.ts';
export { lookInRounds } from './rounds.ts';
export { createStrangers } from './strangers.ts';
