import { expect, test } from 'vitest';
import { provisionRequestSchema, tierRequestSchema } from './rest-tenant.ts';

const limits = {
  cpu_cores: 1,
  memory_gb: 2,
  storage_gb: 3,
  max_pods: 4,
  max_services: 5,
  gpu_count: 0,
  monthly_cost_usd: null,
};
const tenant = { tenant_id: 'acme', tenant_name: 'Acme' };

test('limits that a tier would not take are refused, not ignored', () => {
  for (const result of [
    provisionRequestSchema.safeParse({ ...tenant, tier: 'Free', limits }),
    tierRequestSchema.safeParse({ tier: 'free', limits }),
  ])
    expect(result.error?.issues).toMatchObject([
      { path: ['limits'], message: 'only the custom tier takes limits, not free' },
    ]);
  expect(provisionRequestSchema.safeParse({ ...tenant, tier: 'CUSTOM', limits }).success).toBe(true);
  expect(tierRequestSchema.safeParse({ tier: 'custom', limits }).success).toBe(true);
});

test('a letter that only Unicode lowers to one of a to z is refused: two ids never name one tenant', () => {
  for (const tenant_id of ['\u212Aelvin', 'a\u0130', '\u017Fam', '\uFF41cme'])
    expect(provisionRequestSchema.safeParse({ ...tenant, tenant_id, tier: 'free' }).error?.issues).toMatchObject([
      { path: ['tenant_id'], message: 'must be letters, digits and inner hyphens' },
    ]);
  expect(provisionRequestSchema.safeParse({ ...tenant, tenant_id: 'KELVIN', tier: 'FREE' }).data).toMatchObject({
    tenant_id: 'kelvin',
    tier: 'free',
  });
  expect(tierRequestSchema.safeParse({ tier: 'starter\u212A' }).success).toBe(false);
});
