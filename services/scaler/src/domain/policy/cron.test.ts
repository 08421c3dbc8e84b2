/** Cron lines are read whole, or not at all. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cron, parseCron } from './cron.ts';

function cronOf(line: string): Cron {
  const outcome = parseCron(line);
  if (outcome.kind === 'unknown') throw new Error(outcome.message);
  return outcome.cron;
}

test('lists, ranges, steps and names are read; what is out of range is unknown', () => {
  expect(cronOf('*/20 8-10 1,15 jan-mar mon-fri')).toMatchObject({
    minutes: [0, 20, 40],
    hours: [8, 9, 10],
    months: new Set([1, 2, 3]),
    weekdays: new Set([1, 2, 3, 4, 5]),
    eitherDay: true,
  });
  expect(cronOf('0 0 * * 7').weekdays).toEqual(new Set([0]));
  for (const line of [
    '',
    '* * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '5-1 * * * *',
    '*/0 * * * *',
    'a * * * *',
    '0 0 30 2 *',
    '@daily',
  ])
    expect(parseCron(line).kind).toBe('unknown');
});

test('no text makes the reader throw', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      expect(['cron', 'unknown']).toContain(parseCron(line).kind);
    }),
  );
});
