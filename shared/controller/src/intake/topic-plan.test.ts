/** The topics that a service hears, and those that the bus has to have for it. */
import { expect, test } from 'vitest';
import { heardTopics, topicPlan } from './topic-plan.ts';

const HEARD = [
  { name: 'shelf-opened-events', namespaces: ['system', 'global'] },
  { name: 'shelf-closed-events', namespaces: ['system'] },
];
const DAY_MS = 24 * 3_600_000;

test('a topic is heard in each of its namespaces', () => {
  expect(heardTopics('platformq', HEARD)).toEqual([
    'persistent://platformq/system/shelf-opened-events',
    'persistent://platformq/global/shelf-opened-events',
    'persistent://platformq/system/shelf-closed-events',
  ]);
});

test('what is heard has the service’s subscription, what is published none, and each name that is heard its dead letter topic', () => {
  const plan = topicPlan('platformq', 'storeroom', HEARD, ['shelf-changed-events']);
  expect(plan.namespaces).toEqual(
    ['system', 'global', 'compute', 'provisioning'].map((name) => ({
      namespace: `platformq/${name}`,
      retentionMs: 7 * DAY_MS,
    })),
  );
  const letters = { subscriptions: ['operator'], retentionMs: 14 * DAY_MS };
  expect(plan.topics).toEqual([
    { topic: 'persistent://platformq/system/shelf-opened-events', subscriptions: ['storeroom'] },
    { topic: 'persistent://platformq/global/shelf-opened-events', subscriptions: ['storeroom'] },
    { topic: 'persistent://platformq/system/shelf-closed-events', subscriptions: ['storeroom'] },
    { topic: 'persistent://platformq/system/shelf-changed-events', subscriptions: [] },
    { topic: 'persistent://platformq/system/shelf-opened-events-storeroom-DLQ', ...letters },
    { topic: 'persistent://platformq/system/shelf-closed-events-storeroom-DLQ', ...letters },
  ]);
});
