/** The small values that everything is made of: bounds, reasons and a log that says nothing. */
import { expect, test } from 'vitest';
import { bound } from './bounds.ts';
import { isInstant, LAST_INSTANT_MS } from './instant.ts';
import { silentLog } from './log.ts';
import { reason } from './reason.ts';

test('a bound has a name and is 0 or more', () => {
  expect(bound('queue', 0)).toEqual({ name: 'queue', value: 0 });
  for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(() => bound('queue', value), String(value)).toThrow(`bound queue must be 0 or more, got ${value}`);
});

test('a reason without facts has no place for them', () => {
  expect(reason('Why', 'because')).toStrictEqual({ code: 'Why', message: 'because' });
  expect(reason('Why', 'because', { times: 2 })).toStrictEqual({ code: 'Why', message: 'because', data: { times: 2 } });
});

test('a silent log takes everything, and so do its children', () => {
  const child = silentLog.child({ part: 'x' });
  expect([silentLog, child].flatMap((log) => [log.debug(''), log.info(''), log.warn(''), log.error('')])).toEqual(
    Array(8).fill(undefined),
  );
});

test('an instant is a number from 1970 to the end of 9999', () => {
  expect([0, LAST_INSTANT_MS].map(isInstant)).toEqual([true, true]);
  expect([-1, LAST_INSTANT_MS + 1, Number.NaN, Number.NEGATIVE_INFINITY].map(isInstant)).toEqual(Array(4).fill(false));
});
