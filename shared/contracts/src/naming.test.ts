import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownerOfName, partsOf, RESOURCE_KINDS, RESOURCE_NAMES, resourceName } from './naming.ts';
import { RESERVED_TENANT_IDS, TENANT_ID_MAX, tenantIdProblem, tenantIdSchema } from './tenant.ts';

const tenantId = fc
  .stringMatching(/^[a-z0-9]([a-z0-9-]{0,39}[a-z0-9])?$/)
  .filter((id) => tenantIdProblem(id) === undefined);
const place = fc
  .constantFrom(...RESOURCE_KINDS)
  .chain((kind) => fc.record({ kind: fc.constant(kind), part: fc.constantFrom(...partsOf(kind)), id: tenantId }));

test('N1: two tenants, or two parts of one, never share a name on one backend', () => {
  fc.assert(
    fc.property(place, place, (a, b) => {
      fc.pre(RESOURCE_NAMES[a.kind].backend === RESOURCE_NAMES[b.kind].backend);
      fc.pre(a.id !== b.id || a.part !== b.part);
      expect(resourceName(a.kind, a.part, a.id)).not.toBe(resourceName(b.kind, b.part, b.id));
    }),
    { numRuns: 2000 },
  );
});

test('N1: a name tells whose it would be, and nothing else does', () => {
  fc.assert(
    fc.property(place, ({ kind, part, id }) => {
      expect(ownerOfName(kind, resourceName(kind, part, id))).toEqual({ tenantId: id, part });
    }),
    { numRuns: 1000 },
  );
  for (const name of ['tenant_', 'system_schema', 'tenant_Acme', 'tenant_a-b', 'tenant_system', 'tenant__a'])
    expect(ownerOfName('cassandra-keyspace', name), name).toBeUndefined();
  for (const name of ['platformq/system', 'other/acme', 'platformq/acme.other', 'platformq/'])
    expect(ownerOfName('pulsar-namespace', name), name).toBeUndefined();
  expect(ownerOfName('pulsar-namespace', 'own/acme.data', 'own')).toEqual({ tenantId: 'acme', part: 'data' });
});

test('N2: no name made from a valid tenant id is longer than its backend bears', () => {
  const longest = 'a'.repeat(TENANT_ID_MAX);
  for (const kind of RESOURCE_KINDS)
    for (const part of partsOf(kind)) {
      expect(resourceName(kind, part, longest).length).toBeLessThanOrEqual(RESOURCE_NAMES[kind].limit);
    }
});

test('N2: every name is in the alphabet of its backend', () => {
  const alphabets = {
    cassandra: /^[a-z][a-z0-9_]*$/,
    minio: /^[a-z0-9][a-z0-9-]*[a-z0-9]$/,
    pulsar: /^platformq\/[a-z0-9][a-z0-9.-]*$/,
    ignite: /^[a-z0-9_-]+$/,
    elasticsearch: /^[a-z0-9][a-z0-9_-]*$/,
    kubernetes: /^[a-z0-9][a-z0-9-]*[a-z0-9]$/,
    openproject: /^[a-z][a-z0-9-]*$/,
  };
  fc.assert(
    fc.property(place, ({ kind, part, id }) => {
      expect(resourceName(kind, part, id)).toMatch(alphabets[RESOURCE_NAMES[kind].backend]);
    }),
  );
});

test('a tenant id is one tenant in any letter case', () => {
  expect(tenantIdSchema.parse('ACME')).toBe('acme');
});

test('an id of 42 characters, a reserved word and a bad character are refused with why', () => {
  expect(tenantIdProblem('a'.repeat(42))).toContain('at most 41 characters, got 42');
  for (const word of RESERVED_TENANT_IDS) expect(tenantIdProblem(word)).toContain('reserved');
  for (const bad of ['-a', 'a-', 'a_b', 'a.b', 'a b', 'ä', '']) expect(tenantIdProblem(bad)).toBeDefined();
});
