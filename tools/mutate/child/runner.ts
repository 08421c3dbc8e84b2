/**
 * Runs tests one after another as vitest would: the hooks of the groups around them, each in time, and at least one assertion.
 *
 * 1. A group is opened when its first test runs and closed when the next test is outside, also if tests between are not run.
 * 2. A test that takes too long fails, and so does one that waits for nothing; what it left under way goes on.
 */
import type { Body, HookKind, Scope, Test } from './registry.ts';
import { watchForNothing } from './stuck.ts';
import type { Expect } from './vitest.ts';

export interface Runner {
  /** @returns what the test failed with. */
  run(test: Test, limitMs: number): Promise<Failure | undefined>;
  /** Closes all groups. */
  close(): Promise<Failure | undefined>;
  readonly onTestFinished: (body: Body) => void;
}

export interface Failure {
  readonly message: string;
}

export interface RunnerParts {
  readonly expect: Expect;
  /** Told of the test that runs, or of the group whose hooks do. */
  readonly enter: (name: string) => void;
}

const CLOSE_MS = 5_000;
/** Taken before a test puts a clock of its own in their place. */
const { setInterval, clearInterval, performance } = globalThis;
const LOOK_MS = 20;

const chainOf = (scope: Scope | undefined): readonly Scope[] =>
  scope === undefined ? [] : [...chainOf(scope.parent), scope];
const hooksOf = (scope: Scope, kind: HookKind): readonly Body[] =>
  scope.hooks.filter((hook) => hook.kind === kind).map(({ body }) => body);

async function within(limitMs: number, work: () => Promise<void>): Promise<Failure | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const startedAtMs = performance.now();
    timer = setInterval(() => {
      if (performance.now() - startedAtMs > limitMs) reject(new Error('took too long'));
      if (waitsForNothing()) reject(new Error('waits for nothing'));
    }, LOOK_MS);
    const waitsForNothing = watchForNothing();
  });
  try {
    await Promise.race([work(), limit]);
    return undefined;
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearInterval(timer);
  }
}

/** A hook may return what undoes it. */
async function runHooks(bodies: readonly Body[], undo: Body[]): Promise<void> {
  for (const body of bodies) {
    const made = await body({});
    if (typeof made === 'function') undo.unshift(made as Body);
  }
}

function checkAssertions(expect: Expect): void {
  const { assertionCalls, expectedAssertionsNumber: wanted } = expect.getState();
  if (assertionCalls === 0) throw new Error('asserts nothing');
  if (wanted !== null && assertionCalls !== wanted) throw new Error(`asserts ${assertionCalls} times, not ${wanted}`);
}

export function createRunner({ expect, enter }: RunnerParts): Runner {
  let open: readonly { readonly scope: Scope; readonly undo: Body[]; readonly failure: Failure | undefined }[] = [];
  let finishers: Body[] = [];

  async function closeUntil(kept: readonly Scope[]): Promise<Failure | undefined> {
    let failure: Failure | undefined;
    for (let last = open.at(-1); last !== undefined && !kept.includes(last.scope); last = open.at(-1)) {
      const { scope, undo } = last;
      open = open.slice(0, -1);
      enter(scope.name);
      failure ??= await within(CLOSE_MS, () => runHooks([...hooksOf(scope, 'afterAll'), ...undo], []));
    }
    return failure;
  }
  async function openAll(chain: readonly Scope[], limitMs: number): Promise<Failure | undefined> {
    for (const scope of chain.slice(open.length)) {
      const undo: Body[] = [];
      enter(scope.name);
      const failure = await within(limitMs, () => runHooks(hooksOf(scope, 'beforeAll'), undo));
      open = [...open, { scope, undo, failure }];
    }
    return open.find(({ failure }) => failure !== undefined)?.failure;
  }
  async function runBody({ name, body }: Test, chain: readonly Scope[], limitMs: number) {
    const undo: Body[] = [];
    finishers = [];
    enter(name);
    expect.setState({ assertionCalls: 0, expectedAssertionsNumber: null });
    const failure = await within(limitMs, async () => {
      for (const scope of chain) await runHooks(hooksOf(scope, 'beforeEach'), undo);
      await body({});
      checkAssertions(expect);
    });
    const after = [...chain].reverse().flatMap((scope) => hooksOf(scope, 'afterEach'));
    const left = await within(CLOSE_MS, () => runHooks([...after, ...undo, ...finishers.toReversed()], []));
    return failure ?? left;
  }
  return {
    async run(test, limitMs) {
      const chain = chainOf(test.scope);
      const closed = await closeUntil(chain);
      const opened = await openAll(chain, limitMs);
      return closed ?? opened ?? (await runBody(test, chain, limitMs));
    },
    close: () => closeUntil([]),
    onTestFinished: (body) => void finishers.push(body),
  };
}
