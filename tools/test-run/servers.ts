/**
 * Brings the real servers up through test/stack and says in one sentence why it could not.
 *
 * S1. What was brought up is taken down again, unless LEASEHOLD_STACK_KEEP=1 leaves it for the next run; servers that ran
 *     already are left running.
 * S2. The stack's own code is loaded only when it is needed: unit tests do not wait for it.
 */
import { existsSync } from 'node:fs';
import { ROOT } from '../source-files.ts';

interface Running {
  readonly env: Readonly<Record<string, string>>;
  /** Names of the servers that this bring-up started. */
  readonly started: readonly string[];
  down(): Promise<void>;
}

interface StackModule {
  bringUp(options: { readonly log: (line: string) => void }): Promise<Running>;
}

export type Servers =
  | { readonly kind: 'up'; readonly env: Readonly<Record<string, string>>; down(): Promise<void> }
  | { readonly kind: 'absent'; readonly reason: string };

const MODULE = `${ROOT}/test/stack/index.ts`;

export async function bringServersUp(): Promise<Servers> {
  if (!existsSync(MODULE)) return { kind: 'absent', reason: 'test/stack/index.ts is missing' };
  try {
    const stack = (await import(MODULE)) as StackModule;
    const running = await stack.bringUp({ log: (line) => console.log(`  ${line}`) });
    const down = async () => {
      if (running.started.length === 0) return;
      if (process.env.LEASEHOLD_STACK_KEEP !== '1') return running.down();
      console.log('LEASEHOLD_STACK_KEEP=1: the servers stay up (`npm run stack -- down` stops them).');
    };
    return { kind: 'up', env: running.env, down };
  } catch (error) {
    return { kind: 'absent', reason: error instanceof Error ? error.message : String(error) };
  }
}
