import { silentMetrics } from '@leasehold/observability';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { type AppOptions, DEFAULT_BOUNDS, type Readiness } from './app-options.ts';
import { createHealth } from './health.ts';

test('2: a look that fails late takes nothing from the one that began after it', async () => {
  const clock = manualClock();
  const looks: { readonly resolve: (seen: Readiness) => void; readonly reject: (error: Error) => void }[] = [];
  const ready = () => new Promise<Readiness>((resolve, reject) => looks.push({ resolve, reject }));
  const options = { clock, metrics: silentMetrics, health: () => true, ready };
  const health = createHealth(options as unknown as AppOptions, DEFAULT_BOUNDS);
  const first = expect(health.ready()).rejects.toThrow('late');
  await clock.advance(DEFAULT_BOUNDS.readyMs.value);
  const second = health.ready();
  looks[0]?.reject(new Error('late'));
  await first;
  const third = health.ready();
  expect(looks).toHaveLength(2);
  looks[1]?.resolve({ ready: true, backends: {} });
  expect([(await second).status, (await third).status]).toEqual([200, 200]);
});
