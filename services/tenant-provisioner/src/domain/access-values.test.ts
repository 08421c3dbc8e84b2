/** Which rights stand, from records alone (A1), and the condition that names them (A2). */
import { freshRecord, type GraphNode, goalDigest, type NodeFailure, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import {
  accessCondition,
  isWithoutAccess,
  knowsAccess,
  standingAccess,
  withAccess,
  withAccessNoted,
} from './access.ts';

const nodeOf = (id: string, spec: unknown = { access: 'granted' }): GraphNode => ({
  ...{ id, kind: 'minio-bucket', part: 'main', name: `${id}-acme`, spec, dependsOn: [], remakeWhenLost: false },
});
const record = (node: GraphNode, more: Partial<NodeRecord> = {}): NodeRecord => ({
  ...freshRecord(node),
  born: true,
  ...more,
});
const OWNER = { phase: 'suspended', generation: 1, tier: 'free' } as const;
const standing = (node: GraphNode, more: Partial<NodeRecord> = {}, over: object = {}) =>
  standingAccess({ ...OWNER, graph: [node], records: [record(node, more)], ...over }).length > 0;

test('a node with its access set is the same value each time', () => {
  const node = nodeOf('a', { size: 1 });
  expect(withAccess(node, 'granted')).toBe(withAccess(node, 'granted'));
  expect(withAccess(node, 'withdrawn')).toBe(withAccess(node, 'withdrawn'));
  expect(withAccess(node, 'withdrawn').spec).toEqual({ size: 1, access: 'withdrawn' });
  expect(withAccess(node, 'granted').spec).toEqual({ size: 1, access: 'granted' });
  expect(node.spec).toEqual({ size: 1 });
});

test.each([
  [{ access: 'granted' }, true],
  [{ access: undefined }, true],
  [{ size: 1 }, false],
  [null, false],
  [undefined, false],
  ['access', false],
  [7, false],
])('a spec %j knows access: %s', (spec, knows) => {
  expect(knowsAccess({ spec })).toBe(knows);
});

test('what knows access by its kind and does not say so is noted, and nothing else', () => {
  const silent = nodeOf('silent', { size: 1 });
  const said = nodeOf('said');
  const other = { ...nodeOf('other', { size: 1 }), kind: 'ignite-cache' };
  const unknown = { ...nodeOf('unknown', { size: 1 }), kind: 'redis' };
  const graph = [silent, said, other, unknown];
  const records = graph.map((node) => record(node));
  const kinds = new Map([
    ['minio-bucket', { hasAccess: true }],
    ['ignite-cache', { hasAccess: false }],
  ]);
  expect(withAccessNoted({ graph, records }, kinds).map(({ hasAccess }) => hasAccess)).toEqual([
    true,
    undefined,
    undefined,
    undefined,
  ]);
  expect(withAccessNoted({ graph: [said], records }, kinds)).toBe(records);
});

test('only a suspended or leaving tenant is without access, and only of one does anything stand', () => {
  for (const phase of ['none', 'active', 'deleting', 'gone'] as const) {
    expect(isWithoutAccess({ phase })).toBe(false);
    expect(standing(nodeOf('a'), {}, { phase })).toBe(false);
  }
  for (const phase of ['suspended', 'leaving'] as const) {
    expect(isWithoutAccess({ phase })).toBe(true);
    expect(standing(nodeOf('a'), {}, { phase })).toBe(true);
  }
});

test('A1: what may exist and knows access stands until it was seen withdrawn under this goal', () => {
  const node = nodeOf('a');
  const withdrawn = goalDigest(withAccess(node, 'withdrawn'), OWNER);
  const granted = goalDigest(withAccess(node, 'granted'), OWNER);
  expect(standing(node, { converged: withdrawn })).toBe(false);
  expect(standing(node, { converged: granted })).toBe(true);
  expect(standing(node, { converged: goalDigest(withAccess(node, 'withdrawn'), { ...OWNER, generation: 2 }) })).toBe(
    true,
  );
  expect(standing(node, { born: false })).toBe(false);
  expect(standing(node, { born: false, intent: { action: 'create', atMs: 1, fence: 1 } })).toBe(true);
  const plain = nodeOf('a', { size: 1 });
  expect(standing(plain)).toBe(false);
  expect(standing(plain, { hasAccess: true })).toBe(true);
  // What is in no graph any more is nobody's to judge.
  expect(standing(node, {}, { graph: [] })).toBe(false);
  expect(standing(plain, { hasAccess: true }, { graph: [] })).toBe(false);
});

test('A1: a spec that gives nobody access has nothing to withdraw once it was seen so', () => {
  const seenGranted = (spec: object) => {
    const node = nodeOf('a', { access: 'granted', ...spec });
    return standing(node, { converged: goalDigest(withAccess(node, 'granted'), OWNER) });
  };
  expect(seenGranted({ roles: {} })).toBe(false);
  expect(seenGranted({ roles: {}, otherRoles: 'revoked' })).toBe(false);
  expect(seenGranted({ roles: {}, otherRoles: 'kept' })).toBe(true);
  expect(seenGranted({ roles: { a: [] } })).toBe(true);
  expect(seenGranted({})).toBe(true);
  expect(standing(nodeOf('a', { access: 'granted', roles: {} }))).toBe(true);
});

test('A2: what stands is named with what keeps it, and the worst of it is the reason', () => {
  const failure = (message: string, away: boolean): NodeFailure => ({
    class: 'Unavailable',
    code: 'X',
    message,
    away,
    atMs: 1,
  });
  const nodes = ['a', 'b'].map((id) => nodeOf(id));
  const [a, b] = nodes as [GraphNode, GraphNode];
  const told = (forA: Partial<NodeRecord>, forB: Partial<NodeRecord> = {}) =>
    accessCondition({ ...OWNER, graph: nodes, records: [record(a, forA), record(b, forB)] });
  expect(told({})).toEqual({
    type: 'AccessStanding',
    status: true,
    reason: 'Withdrawing',
    message:
      'access stands until it is seen withdrawn: minio-bucket a-acme (not seen withdrawn yet); minio-bucket b-acme (not seen withdrawn yet)',
  });
  expect(told({ failure: failure('no answer', true) })).toMatchObject({
    reason: 'BackendUnavailable',
    message:
      'access stands until it is seen withdrawn: minio-bucket a-acme (no answer); minio-bucket b-acme (not seen withdrawn yet)',
  });
  expect(told({ failure: failure('no answer', true) }, { failure: failure('no right', false) })?.reason).toBe(
    'NotWithdrawn',
  );
  const seen = { converged: goalDigest(withAccess(a, 'withdrawn'), OWNER) };
  expect(accessCondition({ ...OWNER, graph: [a], records: [record(a, seen)] })).toBeUndefined();
});
