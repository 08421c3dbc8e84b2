/**
 * Where the stack keeps what it makes: always outside the checkout, below the user's cache folder. Jars stay in Maven's own
 * repository and compiled packages in Go's own cache.
 *
 * 1. Programs are named by the digest of what they are made from, so that a changed pin builds anew and an old one stays
 *    usable for another checkout.
 * 2. `STACK_INSTANCE` names a second, independent stack for the same user.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { invalid } from '@leasehold/kernel';

export interface Places {
  readonly instance: string;
  /** Class paths, binaries and the Python environment, shared by all instances. */
  readonly programs: string;
  /** State, configuration, data and logs of one instance. */
  readonly run: string;
  readonly stateFile: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const INSTANCE = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Errors: `Invalid` for a wrong STACK_INSTANCE. */
export function placesOf(env: Env): Places {
  const instance = env.STACK_INSTANCE || 'default';
  if (!INSTANCE.test(instance)) {
    throw invalid(`STACK_INSTANCE must match ${INSTANCE.source}, got ${JSON.stringify(instance)}`, {
      code: 'StackInstanceInvalid',
    });
  }
  const root = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'leasehold', 'stack');
  const run = join(root, 'run', instance);
  return { instance, programs: join(root, 'programs'), run, stateFile: join(run, 'state.json') };
}

/** The folder of one server on this machine: `conf`, `data`, `secrets.json` and `server.log`. */
export const serverFolder = (places: Places, server: string): string => join(places.run, server);
