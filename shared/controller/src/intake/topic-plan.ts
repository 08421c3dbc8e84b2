/**
 * What a service needs of the bus before it hears anything: its namespaces, the topics that it hears with its subscription on them, those
 * that it publishes on, and its dead letter topics. Topics that it hears are made without a schema.
 */
import {
  type ConsumedTopic,
  DEAD_LETTER_RETENTION_MS,
  DEAD_LETTER_SUBSCRIPTION,
  deadLetterTopic,
  PLATFORM_NAMESPACES,
  PLATFORM_RETENTION_MS,
  topicName,
} from '@leasehold/contracts';

export type HeardTopic = Pick<ConsumedTopic, 'name' | 'namespaces'>;

/** Whole names of the topics that are heard of the whole platform. */
export const heardTopics = (pulsarTenant: string, heard: readonly HeardTopic[]): readonly string[] =>
  heard.flatMap(({ name, namespaces }) => namespaces.map((namespace) => topicName(pulsarTenant, namespace, name)));

/** @param published by the last part of their names. */
export const topicPlan = (
  pulsarTenant: string,
  service: string,
  heard: readonly HeardTopic[],
  published: readonly string[],
) => ({
  namespaces: PLATFORM_NAMESPACES.map((name) => ({
    namespace: `${pulsarTenant}/${name}`,
    retentionMs: PLATFORM_RETENTION_MS,
  })),
  topics: [
    ...heardTopics(pulsarTenant, heard).map((topic) => ({ topic, subscriptions: [service] })),
    ...published.map((name) => ({ topic: topicName(pulsarTenant, 'system', name), subscriptions: [] })),
    ...heard.map(({ name }) => ({
      topic: deadLetterTopic(pulsarTenant, name, service),
      subscriptions: [DEAD_LETTER_SUBSCRIPTION],
      retentionMs: DEAD_LETTER_RETENTION_MS,
    })),
  ],
});
