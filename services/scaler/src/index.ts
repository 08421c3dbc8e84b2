export { decide } from './domain/decide/decide.ts';
export type { Situation, State } from './domain/decide/situation.ts';
export { MODELS, type ModelName } from './domain/outlook/horizon.ts';
export { type Policy, parsePolicy } from './domain/policy/policy.ts';
export { type Recorded, type ReplayOptions, replay } from './domain/replay.ts';
export { createScaler, type Scaler, type ScalerOptions } from './domain/scaler.ts';
export { createPlain, PLAIN } from './domain/shadow/plain.ts';
export { createReadiness } from './domain/shadow/ready.ts';
export { type Goal, hoursGoal } from './domain/tuning/goal.ts';
