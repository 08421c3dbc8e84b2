/** Steps: all of them run (E1), the output of one that failed is shown, notes always; tools end with what they started (E2, E3). */
import { afterEach, expect, test, vi } from 'vitest';
import { endTools, runSteps, runTool, type Step, tool } from './steps.ts';

afterEach(() => vi.restoreAllMocks());

const step = (name: string, ok: boolean): Step => ({ name, run: async () => ({ ok, output: `output of ${name}` }) });

test('every step runs, and only what failed is shown (E1)', async () => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const broken: Step = { name: 'broken', run: () => Promise.reject(new Error('stopped')) };
  const noted: Step = { name: 'noted', run: async () => ({ ok: true, output: 'all of it', notes: ['half of it'] }) };
  const failing: Step = { name: 'failing', run: async () => ({ ok: false, output: '', notes: ['the rest of it'] }) };
  expect(await runSteps([step('a', false), step('b', true), broken, noted, failing])).toEqual([
    'a',
    'broken',
    'failing',
  ]);
  const printed = print.mock.calls.flat().join('\n');
  expect(printed).toContain('output of a');
  expect(printed).toContain('Error: stopped');
  expect(printed).not.toContain('output of b');
  expect(printed).toContain('half of it');
  expect(printed).toContain('the rest of it');
  expect(printed).not.toContain('all of it');
});

test('a tool that is not installed is a failure with a reason', async () => {
  const outcome = await tool('absent', 'no-such-tool').run();
  expect(outcome.ok).toBe(false);
  expect(outcome.output).toContain('no-such-tool');
});

test('what a tool says is kept, and one that fails in silence is told with how it ended', async () => {
  expect(await runTool('/bin/sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
    ok: false,
    output: expect.stringMatching(/^(out\nerr|err\nout)$/),
  });
  expect(await runTool('/bin/sh', ['-c', 'exit 3'])).toEqual({ ok: false, output: 'it ended with 3' });
  expect(await runTool('/bin/sh', ['-c', 'echo well'])).toEqual({ ok: true, output: 'well' });
});

// Both streams stay open as long as the inner process lives, so that an answer means that it has ended.
const STARTS_ANOTHER = ['-c', 'sleep 600 & echo started; wait'];

test('a tool that does not end is stopped with what it started (E2, E3)', async () => {
  expect(await runTool('/bin/sh', STARTS_ANOTHER, 200)).toEqual({ ok: false, output: 'started\nstopped after 1 s' });
});

test('a tool ends with what it started when the check is told to stop (E3)', async () => {
  const running = runTool('/bin/sh', STARTS_ANOTHER);
  endTools('SIGTERM');
  expect((await running).ok).toBe(false);
});
