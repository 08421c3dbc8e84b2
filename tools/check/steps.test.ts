/** Steps: all of them run (E1), the output of one that failed is shown, two at a time. */
import { afterEach, expect, test, vi } from 'vitest';
import { runSteps, type Step, tool } from './steps.ts';

afterEach(() => vi.restoreAllMocks());

const step = (name: string, ok: boolean): Step => ({ name, run: async () => ({ ok, output: `output of ${name}` }) });

test('every step runs, and only what failed is shown (E1)', async () => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const broken: Step = { name: 'broken', run: () => Promise.reject(new Error('stopped')) };
  const noted: Step = { name: 'noted', run: async () => ({ ok: true, output: 'all of it', notes: ['half of it'] }) };
  expect(await runSteps([step('a', false), step('b', true), broken, noted])).toEqual(['a', 'broken']);
  const printed = print.mock.calls.flat().join('\n');
  expect(printed).toContain('output of a');
  expect(printed).toContain('Error: stopped');
  expect(printed).not.toContain('output of b');
  expect(printed).toContain('half of it');
  expect(printed).not.toContain('all of it');
});

test('a tool that is not installed is a failure with a reason', async () => {
  const outcome = await tool('absent', 'no-such-tool').run();
  expect(outcome.ok).toBe(false);
  expect(outcome.output).toContain('no-such-tool');
});
