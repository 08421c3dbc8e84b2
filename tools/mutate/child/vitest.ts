/**
 * What test files get when they import vitest: its own `expect` and `vi`, and the declarations of the registry. `expect.poll`
 * belongs to vitest's runner, so it has a stand-in here; so have mocks, see modules.ts.
 */
import type { Body } from './registry.ts';

interface State {
  readonly assertionCalls: number;
  readonly expectedAssertionsNumber: number | null;
}

export interface Expect {
  (value: unknown): object;
  getState(): State;
  setState(state: State): void;
}

export interface Vitest {
  readonly expect: Expect;
  readonly vi: object;
}

/** Vitest reads its settings from here as soon as it is loaded. */
export async function loadVitest(): Promise<Vitest> {
  Object.assign(globalThis, {
    __vitest_worker__: { config: { expect: {}, snapshotOptions: {} }, environment: { name: 'node' }, state: {} },
  });
  const { expect, vi } = await import('vitest');
  const polled = Object.assign(expect as unknown as Expect, { poll: pollWith(expect as unknown as Expect) });
  return { expect: polled, vi: Object.assign(Object.create(vi), { mock: () => undefined }) };
}

const POLL_MS = 1_000;
const PAUSE_MS = 5;
const { setTimeout, performance } = globalThis;

type Matchers = Readonly<Record<string, Body>>;

function pollWith(expect: Expect) {
  return (ask: Body, { timeout = POLL_MS }: { readonly timeout?: number } = {}) => {
    const matchers = (isNot: boolean): object =>
      new Proxy(
        {},
        {
          get: (_, name: string) =>
            name === 'not' ? matchers(!isNot) : (...values: readonly unknown[]) => until(name, isNot, values),
        },
      );
    const until = async (name: string, isNot: boolean, values: readonly unknown[]): Promise<void> => {
      const endMs = performance.now() + timeout;
      for (;;) {
        const asked = expect(await ask()) as { readonly not: Matchers } & Matchers;
        try {
          await (isNot ? asked.not : asked)[name]?.(...values);
          return;
        } catch (error) {
          if (performance.now() >= endMs) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    };
    return matchers(false);
  };
}
