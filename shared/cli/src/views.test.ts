/** What the tables and trees tell beside the plain case: what is under way, undecoded, long, odd or painted. */
import { expect, test } from 'vitest';
import { letter, record } from '../test/builders.ts';
import { importTable } from './import-view.ts';
import { operationLines } from './operation-view.ts';
import { COLOURS, NO_PAINT } from './paint.ts';
import { planLines } from './plan-view.ts';
import { controlLines, driftLines, letterLines, letterTable, tenantLines } from './record-view.ts';

const AT = '2026-01-31T12:00:00.000Z';
const step = { kind: 'k', name: 'n', status: 'deleted', attempts: 1, duration_ms: 43, fate: 'absent', error: null };
const operation = {
  operation_id: 'op_acme_1',
  tenant_id: 'acme',
  kind: 'deprovision',
  generation: 1,
  requested_by: null,
  started_at: AT,
  finished_at: null,
  outcome: 'running',
  steps: [step],
};

test('an operation that is under way tells no time that it took, and nobody who did not ask', () => {
  expect(operationLines(operation, NO_PAINT)).toEqual([
    '… op_acme_1 running deprovision of acme · generation 1 · began 2026-01-31 12:00:00Z',
    '└─ - k  n  deleted  43 ms  absent',
  ]);
  // A clock that was set back makes no negative time.
  const back = { ...operation, finished_at: '2026-01-31T11:00:00.000Z' };
  expect(operationLines(back, NO_PAINT)[0]).toContain('took 0 ms');
});

test('an operation of which nothing is told is drawn', () => {
  expect(operationLines({ steps: [null] }, NO_PAINT)).toEqual([
    '?  unknown  of  · generation  · began ',
    '└─ ? ?  ?  unknown',
  ]);
});

test('a letter that cannot be read shows its bytes', () => {
  const unread = { ...letter({ tenant_id: null }), payload_base64: 'e30=', decoded: null };
  expect(letterLines(unread, NO_PAINT).slice(-2)).toEqual(['', 'content, base64: e30=']);
  expect(letterLines(unread, NO_PAINT)).toContain('├─ tenant     -');
});

test('a redrive without a reason, and a letter that is open, say so', () => {
  const redrives = [{ at: AT, by: 'ada', reason: null, outcome: 'applied' }];
  expect(letterLines(letter({ redrives }), NO_PAINT)).toContain('└─ redriven 2026-01-31 12:00:00Z by ada: applied');
  const table = letterTable(
    [letter({ state: 'open' }), letter({ state: undefined }), letter({ state: 'solved' })],
    COLOURS,
  );
  expect([table[1]?.includes(COLOURS.bad('open')), table[3]?.includes(COLOURS.bad('solved'))]).toEqual([true, false]);
  expect(table[2]).toContain('  -  ');
});

test('switches: what runs is good, what does not is a warning, what is not told is unknown', () => {
  const lines = controlLines({ reconcile: 'running', deletions: 'paused', backends: {}, updated_at: AT }, COLOURS);
  expect(lines.map((line) => line.trimEnd())).toEqual([
    `reconcile  ${COLOURS.good('running')}`,
    `deletions  ${COLOURS.warn('paused')}`,
    COLOURS.dim('changed 2026-01-31 12:00:00Z'),
  ]);
  expect(controlLines({}, NO_PAINT)).toEqual(['reconcile  unknown', 'deletions  unknown']);
});

test('a tenant that is gone is not told to be deleted once more', () => {
  const deletion = { requested_at: AT, grace_until: AT, requested_by: null, reason: null };
  expect(tenantLines([record({ status: 'deleted', deletion, created_at: null })], NO_PAINT)[1]).toMatch(
    /deleted {2}1 {4}-$/,
  );
});

test('a difference of the whole is named so, and a long value is cut', () => {
  const differences = [{ path: '', from: 'x'.repeat(300), to: null }];
  const line = driftLines(
    { tenant_id: 'acme', drift: [{ kind: 'k', name: 'n', action: 'create', reason: 'r', differences }] },
    NO_PAINT,
  )[2];
  expect(line).toBe(`   └─ (all): "${'x'.repeat(119)} -> null`);
});

test('a plan: what must fail stands out, what is kept is dim, what is odd is drawn all the same', () => {
  const action = (id: string, word: string, more: object = {}) => ({
    id,
    kind: id,
    name: 'n',
    action: word,
    depends_on: [],
    reason: 'why',
    ...more,
  });
  const actions = [
    action('a', 'keep', { refused: 'NameTaken' }),
    action('b', 'keep'),
    action('c', 'create'),
    action('d', 'ponder'),
  ];
  const lines = planLines('t', { actions }, COLOURS);
  expect(lines[1]).toContain(`${COLOURS.bad('!')} a`);
  expect([lines[1], lines[3]].map((line) => line?.includes(COLOURS.dim('why')))).toEqual([false, false]);
  expect([lines[1]?.includes(COLOURS.bad('refused')), lines[2]?.includes(COLOURS.dim('why'))]).toEqual([true, true]);
  expect(lines[4]).toContain(COLOURS.dim('?'));
  expect(lines.at(-1)).toBe('Plan: 1 to create, 1 to keep, 1 refused. Nothing was touched.');
});

test('a plan: an action that names itself is a root, and each is drawn once', () => {
  const own = { id: 'a', kind: 'a', name: 'n', action: 'keep', depends_on: ['a'], reason: '' };
  const child = { ...own, id: 'b', kind: 'b', depends_on: ['gone', 'a', 'missing'] };
  expect(planLines('t', { actions: [own, child] }, NO_PAINT).slice(0, 3)).toEqual([
    't',
    '└─ = a  n  keep',
    '   └─ = b  n  keep',
  ]);
});

test('what could be imported: whose it is, and whether an import takes it', () => {
  const resource = (mark: string, adoptable: boolean, more: object = {}) => ({
    kind: 'k',
    name: mark,
    mark,
    adoptable,
    ...more,
  });
  const tenants = [
    { tenant_id: 'acme', resources: [resource('none', true), resource('ours', true), resource('other', false)] },
    { tenant_id: 'beta', resources: [resource('odd', false, { generation: 3 })] },
    { tenant_id: 'new', resources: [resource('ours', false)], newer_release: true },
  ];
  expect(importTable(tenants, NO_PAINT)).toEqual([
    'acme  k  none   no mark            is adopted',
    '      k  ours   our mark           is adopted',
    "      k  other  another tenant's   stays as it is",
    'beta  k  odd    odd, generation 3  stays as it is',
    'new   k  ours   our mark           is left to a newer release',
  ]);
});
