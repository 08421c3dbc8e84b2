export { EXIT, type ExitName } from './exit.ts';
export { run } from './program.ts';
export type { Keyboard, Screen, Surroundings } from './surroundings.ts';
