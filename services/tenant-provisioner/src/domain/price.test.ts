import { expect, test } from 'vitest';
import { estimateMonthlyUsd } from './price.ts';

const LIMITS = { cpu_cores: 2, memory_gb: 4, storage_gb: 10, max_pods: 5, max_services: 3, gpu_count: 0 };
const most = (monthly_cost_usd: string | null) => estimateMonthlyUsd({ ...LIMITS, monthly_cost_usd });

test('all limits used at list prices, where nothing limits the cost', () => {
  expect(most(null)).toBe('103.20');
  expect(estimateMonthlyUsd(null)).toBe('0.00');
});

test.each([
  ['0', '0.00'],
  ['0.5', '0.50'],
  ['12.509', '12.50'],
  ['103.19', '103.19'],
  ['103.2', '103.20'],
  ['5000', '103.20'],
])('a limit of %s USD a month is never contradicted', (limit, told) => {
  expect(most(limit)).toBe(told);
});
