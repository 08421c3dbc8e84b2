/**
 * A handle on a stack that another process brought up: tests run in workers, the bring-up before them.
 */
import { basename, dirname } from 'node:path';
import { unavailable } from '@leasehold/kernel';
import { contextOf } from './bring-up.ts';
import { placesOf } from './places.ts';
import { installedPython } from './python.ts';
import { SERVERS } from './servers/index.ts';
import { type Stack, stackOf } from './stack.ts';
import { readState } from './state.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * @param env with STACK_STATE_FILE as `Stack.env` gave it; without it, the stack of the user's cache folder.
 * Errors: `Unavailable` (code `StackDown`) when nothing was brought up.
 */
export function attachStack(env: Env = process.env): Stack {
  const file = env.STACK_STATE_FILE;
  const own = placesOf(env);
  const places = file ? { ...own, instance: basename(dirname(file)), run: dirname(file), stateFile: file } : own;
  const recorded = readState(places.stateFile).servers;
  const definitions = SERVERS.filter(({ name }) => recorded[name] !== undefined);
  if (definitions.length === 0) {
    throw unavailable('no stack was brought up: run `npm run stack -- up` first', { code: 'StackDown' });
  }
  const python = installedPython(places.programs);
  const context = contextOf(places, env, () => undefined);
  return stackOf(context, definitions, python ? { STACK_PYTHON: python } : {}, []);
}
