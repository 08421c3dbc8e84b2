import { expect, test } from 'vitest';
import { BY_DEFAULT, parseOptions } from './options.ts';
import { givenServers } from './servers.ts';
import { jsonOf, numberText, tableText } from './table.ts';

test('without flags everything is measured in twenty pairs and printed, but for what takes long', () => {
  expect(BY_DEFAULT).toEqual(['tenant', 'fleet', 'ledger', 'bus', 'embedded', 'settled']);
  expect(parseOptions([])).toEqual({ pairs: 20, sections: BY_DEFAULT, jsonFile: undefined, action: 'print' });
});

test('flags are taken in both ways of writing, and the last one counts', () => {
  expect(parseOptions(['--quick', '--only=ledger,tenant', '--json', 'a=b.json', '--check'])).toEqual({
    pairs: 3,
    sections: ['tenant', 'ledger'],
    jsonFile: 'a=b.json',
    action: 'check',
  });
  expect(parseOptions(['--quick', '--pairs', '5']).pairs).toBe(5);
});

test.each([
  [['--pairs', '0'], '--pairs takes a whole number'],
  [['--pairs', 'many'], 'got "many"'],
  [['--pairs'], '--pairs needs a value'],
  [['--only', 'tenants'], 'no section "tenants"'],
  [['--fast'], 'unknown flag "--fast"'],
])('%j is refused with what was given and the usage', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
  expect(() => parseOptions(args)).toThrow('npm run bench -- [flags]');
});

test('half a set of server variables is a mistake that is named, none is a wish for the stack', () => {
  expect(givenServers({})).toEqual({ kind: 'none' });
  expect(givenServers({ STACK_PULSAR_URL: 'http://127.0.0.1:1' })).toMatchObject({
    kind: 'some',
    missing: expect.stringContaining('STACK_CASSANDRA_HOSTS'),
  });
});

test('numbers are written with three figures that count', () => {
  expect([0, 0.01234, 1.234, 12.34, 1234.5].map(numberText)).toEqual(['0', '0.012', '1.23', '12.3', '1235']);
});

const line = {
  id: 'a',
  what: 'one tenant',
  unit: 'ms',
  better: 'lower',
  against: 'raw drivers',
  pairs: [{ product: 150, raw: 100 }],
} as const;

test('the table has a row for each line, with both sides and the ratio', () => {
  const [headings, , row] = tableText([line]).split('\n');
  expect(headings).toContain('product / raw');
  expect(row).toMatch(/one tenant +150 ms +100 ms +1\.50 \[1\.50\.\.1\.50\] \(less is better\) +raw drivers/);
});

test('the JSON holds every pair and what was not measured', () => {
  const json = JSON.parse(jsonOf([line], { command: 'c' }, ['not measured: fleet']));
  expect(json).toMatchObject({ command: 'c', not_measured: ['not measured: fleet'], lines: [{ pairs: line.pairs }] });
});
