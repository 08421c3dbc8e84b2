/** Tests are declared and run as vitest would: hooks in order, one group at a time, failures told. */
import { expect, test } from 'vitest';
import { createRegistry, type Test } from './registry.ts';
import { createRunner } from './runner.ts';

type Declare = (title: string, first: unknown, second?: () => unknown) => void;
type Hook = (body: () => unknown) => void;
interface Api {
  readonly test: Declare & {
    each(rows: readonly unknown[]): (title: string, body: (...row: never[]) => unknown) => void;
  };
  readonly describe: Declare;
  readonly beforeAll: Hook;
  readonly beforeEach: Hook;
  readonly afterEach: Hook;
  readonly afterAll: Hook;
}

async function declare(write: (api: Api) => void): Promise<readonly Test[]> {
  const registry = createRegistry();
  return registry.collect('a.test.ts', async () => write(registry.api as unknown as Api));
}

/** Assertions of the tests that are run are counted here, apart from those of the test that runs them. */
function setUp() {
  const entered: string[] = [];
  let state = { assertionCalls: 0, expectedAssertionsNumber: null as number | null };
  const counted = Object.assign(() => ({}), {
    getState: () => state,
    setState: (next: typeof state) => {
      state = { ...next };
    },
  });
  const runner = createRunner({ expect: counted, enter: (name) => void entered.push(name) });
  const assertSomething = () => {
    state.assertionCalls += 1;
  };
  return { runner, entered, assertSomething };
}

test('hooks run around their group, from the outside in and back', async () => {
  const { runner, assertSomething } = setUp();
  const log: string[] = [];
  const note = (text: string) => () => void log.push(text);
  const tests = await declare(({ test: one, describe, beforeAll, beforeEach, afterEach, afterAll }) => {
    beforeAll(() => {
      log.push('all');
      return note('undo all');
    });
    beforeEach(note('each'));
    afterEach(note('after'));
    describe('inner', () => {
      beforeEach(note('inner each'));
      afterEach(note('inner after'));
      afterAll(note('inner end'));
      one('a', assertSomething);
    });
    one('b', assertSomething);
  });
  for (const each of tests) expect(await runner.run(each, 1_000)).toBeUndefined();
  expect(log.splice(0)).toEqual(['all', 'each', 'inner each', 'inner after', 'after', 'inner end', 'each', 'after']);
  await runner.close();
  expect(log).toEqual(['undo all']);
});

test('tests are named by file and place, rows of a table each count, and groups are in the title', async () => {
  const tests = await declare(({ test: one, describe }) => {
    describe('sums', { timeout: 9 }, () =>
      one.each([
        [1, 2],
        [3, 4],
      ])('%d and %d', () => undefined),
    );
    one('last', () => undefined);
  });
  expect(tests.map(({ name, title }) => [name, title])).toEqual([
    ['a.test.ts#0', 'sums 1 and 2'],
    ['a.test.ts#1', 'sums 3 and 4'],
    ['a.test.ts#2', 'last'],
  ]);
});

test('a test that throws, hangs or asserts nothing fails, and the next one runs', async () => {
  const { runner, assertSomething } = setUp();
  const tests = await declare(({ test: one }) => {
    one('throws', () => Promise.reject(new Error('no')));
    one('hangs', () => new Promise(() => undefined));
    one('says nothing', () => undefined);
    one('fine', assertSomething);
  });
  const results: (string | undefined)[] = [];
  for (const each of tests) results.push((await runner.run(each, 20))?.message);
  expect(results).toEqual(['no', 'took too long', 'asserts nothing', undefined]);
});

test('what breaks before a group fails each of its tests, and a file that cannot be loaded is a test that fails', async () => {
  const { runner, assertSomething } = setUp();
  const tests = await declare(({ test: one, beforeAll }) => {
    beforeAll(() => Promise.reject(new Error('no server')));
    one('a', assertSomething);
    one('b', assertSomething);
    throw new Error('half a file');
  });
  const results: (string | undefined)[] = [];
  for (const each of tests) results.push((await runner.run(each, 1_000))?.message);
  expect(results).toEqual(['no server', 'no server', 'no server']);
  expect(tests.at(-1)?.title).toBe('the file cannot be imported');
});
