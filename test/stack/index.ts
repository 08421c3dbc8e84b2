/** The real servers that stack, chaos and end-to-end tests use: bring them up, or take hold of those that run. */
export { attachStack } from './attach.ts';
export { type BringUpOptions, bringUp } from './bring-up.ts';
export type { ServerHandle, Stack } from './stack.ts';
export { signToken } from './token.ts';
