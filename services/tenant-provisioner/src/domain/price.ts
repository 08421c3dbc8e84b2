/**
 * What a tenant can cost a month at most: all of its limits used, by the platform's list prices, but never more than its
 * limit of cost, beyond which it gets nothing. Decimal arithmetic in hundredths of a cent, so that no float ever reaches the
 * wire.
 */
import type { Limits } from '@leasehold/contracts';

/** USD, in units of 0.0001. An hour of a core, a gigabyte of memory, a GPU; a month of a gigabyte of storage. */
const PRICES = { cpuHour: 500, memoryGbHour: 100, gpuHour: 9_000, storageGbMonth: 1_000 } as const;

/** 365 days / 12. */
const HOURS_A_MONTH = 730;

/** @returns a decimal string with two digits, rounded half up: `"0.00"` where there are no limits. */
export function estimateMonthlyUsd(limits: Limits | null): string {
  if (!limits) return '0.00';
  const hourly =
    limits.cpu_cores * PRICES.cpuHour + limits.memory_gb * PRICES.memoryGbHour + limits.gpu_count * PRICES.gpuHour;
  const units = Math.round(hourly * HOURS_A_MONTH + limits.storage_gb * PRICES.storageGbMonth);
  const cents = Math.min(Math.floor((units + 50) / 100), centsOf(limits.monthly_cost_usd));
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

/** Whole cents of a decimal text; a limit is never rounded up. `null`: no limit. */
function centsOf(usd: string | null): number {
  if (usd === null) return Number.POSITIVE_INFINITY;
  const [whole = '0', part = ''] = usd.split('.');
  return Number(whole) * 100 + Number(part.slice(0, 2).padEnd(2, '0'));
}
