/**
 * Names of topics, namespaces and subscriptions: parsed, checked and quoted for URLs in one place.
 *
 * 1. A name that parses formats back to the same text.
 * 2. No part of a name can leave its place in a URL: `.` and `..`, slashes and control characters are refused, the rest is
 *    percent-encoded.
 * Leaves to @leasehold/contracts which topics there are.
 */
import { bound, invalid } from '@leasehold/kernel';

const NAME_PART_BYTES = bound('bus.namePartBytes', 255);

export interface TopicName {
  readonly tenant: string;
  readonly namespace: string;
  /** The last part. */
  readonly topic: string;
}

export interface NamespaceName {
  readonly tenant: string;
  readonly namespace: string;
}

/** What Pulsar allows in the names of tenants and namespaces. */
const ENTITY = /^[-=:.\w]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses.
const FORBIDDEN = /[/\\\u0000-\u001f\u007f]/;

function isPart(text: string): boolean {
  if (text === '' || text === '.' || text === '..' || FORBIDDEN.test(text)) return false;
  return Buffer.byteLength(text) <= NAME_PART_BYTES.value && text.isWellFormed();
}

const isEntity = (text: string): boolean => isPart(text) && ENTITY.test(text);

/** @throws `Invalid` (`InvalidName`) for anything but `persistent://tenant/namespace/topic`. */
export function parseTopicName(text: string): TopicName {
  const [scheme, rest, ...more] = text.split('://');
  const parts = rest?.split('/') ?? [];
  const [tenant = '', namespace = '', topic = ''] = parts;
  const fits = scheme === 'persistent' && more.length === 0 && parts.length === 3;
  if (!fits || !isEntity(tenant) || !isEntity(namespace) || !isPart(topic)) {
    throw invalid(
      `topic must look like persistent://tenant/namespace/topic, got ${JSON.stringify(text.slice(0, 300))}`,
      {
        code: 'InvalidName',
      },
    );
  }
  return { tenant, namespace, topic };
}

/** @throws `Invalid` (`InvalidName`) for anything but `tenant/namespace`. */
export function parseNamespaceName(text: string): NamespaceName {
  const parts = text.split('/');
  const [tenant = '', namespace = ''] = parts;
  if (parts.length !== 2 || !isEntity(tenant) || !isEntity(namespace)) {
    throw invalid(`namespace must look like tenant/namespace, got ${JSON.stringify(text.slice(0, 300))}`, {
      code: 'InvalidName',
    });
  }
  return { tenant, namespace };
}

export const formatTopicName = (name: TopicName): string =>
  `persistent://${name.tenant}/${name.namespace}/${name.topic}`;

/** @throws `Invalid` (`InvalidName`). */
export function checkSubscription(text: string): string {
  if (!isPart(text)) {
    throw invalid(
      `subscription must be 1 to ${NAME_PART_BYTES.value} bytes without slashes, got ${JSON.stringify(text)}`,
      {
        code: 'InvalidName',
      },
    );
  }
  return text;
}

/** What ends like this is the name of a partition, and the broker makes no other topic with such a name. */
const PARTITION = /-partition-\d+$/;

export const partitionTopic = (topic: string, partition: number): string => `${topic}-partition-${partition}`;

/** @throws `Invalid` (`InvalidName`) for a topic that cannot be made. */
export function checkTopicMade(name: TopicName): TopicName {
  if (!PARTITION.test(name.topic)) return name;
  throw invalid(`a topic cannot be named like a partition, got ${JSON.stringify(name.topic)}`, { code: 'InvalidName' });
}

/** `tenant/namespace/topic`, quoted for a URL. */
export const topicPath = (name: TopicName): string =>
  [name.tenant, name.namespace, name.topic].map(encodeURIComponent).join('/');

/** `tenant/namespace`, quoted for a URL. */
export const namespacePath = (name: NamespaceName): string =>
  [name.tenant, name.namespace].map(encodeURIComponent).join('/');
