/** Two signals as one: aborted with the first of them and by its reason, and nothing is left behind on either. */
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { joinSignals } from './join-signals.ts';

const listeners = (...controllers: readonly AbortController[]) =>
  controllers.map(({ signal }) => getEventListeners(signal, 'abort').length);

test.each([0, 1] as const)('it is aborted with whichever is, by its reason (%i)', (which) => {
  const both = [new AbortController(), new AbortController()] as const;
  const { signal } = joinSignals(both[0].signal, both[1].signal);
  expect(signal.aborted).toBe(false);
  const reason = new Error('enough');
  both[which].abort(reason);
  expect([signal.aborted, signal.reason]).toEqual([true, reason]);
  both[1 - which]?.abort(new Error('later'));
  expect(signal.reason).toBe(reason);
});

test.each([0, 1] as const)('it is aborted from the beginning where one was (%i)', (which) => {
  const both = [new AbortController(), new AbortController()] as const;
  const reason = new Error('before');
  both[which].abort(reason);
  expect(joinSignals(both[0].signal, both[1].signal).signal.reason).toBe(reason);
});

test('once it is forgotten it listens to neither, and is aborted by neither', () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const { signal, forget } = joinSignals(a.signal, b.signal);
  expect(listeners(a, b)).toEqual([1, 1]);
  forget();
  expect(listeners(a, b)).toEqual([0, 0]);
  a.abort();
  b.abort();
  expect(signal.aborted).toBe(false);
});

test('with one signal alone it is that signal', () => {
  const a = new AbortController();
  const { signal, forget } = joinSignals(a.signal, undefined);
  forget();
  expect([signal === a.signal, listeners(a)]).toEqual([true, [0]]);
});
