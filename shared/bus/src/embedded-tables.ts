/**
 * The tables of the embedded bus and every statement on them.
 *
 * 1. `messages.seq` grows over the whole file and is never used again: it is the message's id.
 * 2. A message is acked for a subscription if its seq is at or below `floor`, or in `acks`. The floor only rises, and only
 *    over acked messages.
 * 3. A message leaves only when every subscription has acked it and it is older than the retention.
 * 4. `topics.bytes` is the sum of the payloads kept.
 */
import type { SqliteFile, SqlRow, Statement } from '@leasehold/sqlite';

export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE namespaces (name TEXT PRIMARY KEY, retention_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, namespace TEXT NOT NULL,
     retention_ms INTEGER, bytes INTEGER NOT NULL DEFAULT 0) STRICT;
   CREATE TABLE messages (seq INTEGER PRIMARY KEY AUTOINCREMENT, topic_id INTEGER NOT NULL REFERENCES topics(id),
     key TEXT, properties TEXT NOT NULL, published_at INTEGER NOT NULL, payload BLOB NOT NULL) STRICT;
   CREATE INDEX messages_by_topic ON messages (topic_id, seq);
   CREATE TABLE subscriptions (id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL REFERENCES topics(id),
     name TEXT NOT NULL, floor INTEGER NOT NULL DEFAULT 0, UNIQUE (topic_id, name)) STRICT;
   CREATE TABLE acks (subscription_id INTEGER NOT NULL REFERENCES subscriptions(id), seq INTEGER NOT NULL,
     PRIMARY KEY (subscription_id, seq)) STRICT, WITHOUT ROWID;`,
];

export interface MessageRow extends SqlRow {
  readonly seq: number;
  readonly key: string | null;
  readonly properties: string;
  readonly published_at: number;
  readonly payload: Uint8Array;
}

export interface NewMessage {
  readonly topic: string;
  readonly namespace: string;
  readonly key: string | undefined;
  readonly properties: string;
  readonly publishedAtMs: number;
  readonly payload: Uint8Array;
}

export const makeNamespace = (name: string, retentionMs: number): Statement => ({
  sql: `INSERT INTO namespaces (name, retention_ms) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET retention_ms = max(retention_ms, excluded.retention_ms)`,
  params: [name, retentionMs],
});

export const makeTopic = (topic: string, namespace: string): Statement => ({
  sql: 'INSERT INTO topics (name, namespace) VALUES (?, ?) ON CONFLICT DO NOTHING',
  params: [topic, namespace],
});

export const lengthenRetention = (topic: string, retentionMs: number): Statement => ({
  sql: 'UPDATE topics SET retention_ms = max(coalesce(retention_ms, 0), ?) WHERE name = ?',
  params: [retentionMs, topic],
});

export const makeSubscription = (topic: string, name: string): Statement => ({
  sql: `INSERT INTO subscriptions (topic_id, name) SELECT id, ? FROM topics WHERE name = ? ON CONFLICT DO NOTHING`,
  params: [name, topic],
});

/** Refuses what would take the topic over its bound of bytes. */
export const hasRoom = (topic: string, bytes: number, limit: number): Statement => ({
  sql: 'SELECT coalesce((SELECT bytes FROM topics WHERE name = ?), 0) + ? <= ?',
  params: [topic, bytes, limit],
});

/** The last of them returns the row's `seq`. */
export const publish = (message: NewMessage): readonly Statement[] => [
  makeTopic(message.topic, message.namespace),
  { sql: 'UPDATE topics SET bytes = bytes + ? WHERE name = ?', params: [message.payload.byteLength, message.topic] },
  {
    sql: `INSERT INTO messages (topic_id, key, properties, published_at, payload)
      SELECT id, ?, ?, ?, ? FROM topics WHERE name = ? RETURNING seq`,
    params: [message.key ?? null, message.properties, message.publishedAtMs, message.payload, message.topic],
  },
];

export const ack = (subscriptionId: number, seq: number): Statement => ({
  sql: 'INSERT INTO acks (subscription_id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING',
  params: [subscriptionId, seq],
});

/** Raises the floor to just below the oldest message that is not acked. */
export const raiseFloor = (topicId: number, subscriptionId: number): readonly Statement[] => [
  {
    sql: `UPDATE subscriptions SET floor = max(floor, coalesce(
        (SELECT min(m.seq) - 1 FROM messages m WHERE m.topic_id = ?1 AND m.seq > floor
          AND NOT EXISTS (SELECT 1 FROM acks a WHERE a.subscription_id = ?2 AND a.seq = m.seq)),
        (SELECT max(m.seq) FROM messages m WHERE m.topic_id = ?1), 0)) WHERE id = ?2`,
    params: [topicId, subscriptionId],
  },
  {
    sql: `DELETE FROM acks WHERE subscription_id = ?1
      AND seq <= (SELECT floor FROM subscriptions WHERE id = ?1)`,
    params: [subscriptionId],
  },
];

export interface SubscriptionRow extends SqlRow {
  readonly id: number;
  readonly topic_id: number;
  readonly floor: number;
}

export const readSubscription = (file: SqliteFile, topic: string, name: string): SubscriptionRow | undefined =>
  file.read<SubscriptionRow>(
    `SELECT s.id, s.topic_id, s.floor FROM subscriptions s JOIN topics t ON t.id = s.topic_id
      WHERE t.name = ? AND s.name = ?`,
    [topic, name],
  )[0];

/** Messages after `afterSeq` that the subscription has not acked, oldest first. */
export const readUnacked = (
  file: SqliteFile,
  subscription: SubscriptionRow,
  afterSeq: number,
  limit: number,
): readonly MessageRow[] =>
  file.read<MessageRow>(
    `SELECT seq, key, properties, published_at, payload FROM messages m WHERE topic_id = ? AND seq > ?
      AND NOT EXISTS (SELECT 1 FROM acks a WHERE a.subscription_id = ? AND a.seq = m.seq) ORDER BY seq LIMIT ?`,
    [subscription.topic_id, afterSeq, subscription.id, limit],
  );

interface TrimRow extends SqlRow {
  readonly topic_id: number;
  readonly up_to: number | null;
}

/** What removes at most `limit` old messages that everybody has acked; undefined if there are none. */
export function trim(
  file: SqliteFile,
  topic: string,
  nowMs: number,
  defaultRetentionMs: number,
  limit: number,
): readonly Statement[] | undefined {
  const row = file.read<TrimRow>(
    `SELECT t.id AS topic_id, (SELECT max(seq) FROM (SELECT seq FROM messages m WHERE m.topic_id = t.id
        AND m.seq <= coalesce((SELECT min(floor) FROM subscriptions s WHERE s.topic_id = t.id), m.seq)
        AND m.published_at < ?1 - coalesce(t.retention_ms, n.retention_ms, ?2) ORDER BY seq LIMIT ?3)) AS up_to
      FROM topics t LEFT JOIN namespaces n ON n.name = t.namespace WHERE t.name = ?4`,
    [nowMs, defaultRetentionMs, limit, topic],
  )[0];
  if (!row || row.up_to === null) return undefined;
  const range = [row.topic_id, row.up_to] as const;
  return [
    {
      sql: `UPDATE topics SET bytes = bytes - (SELECT coalesce(sum(length(payload)), 0) FROM messages
        WHERE topic_id = ?1 AND seq <= ?2) WHERE id = ?1`,
      params: range,
    },
    { sql: 'DELETE FROM messages WHERE topic_id = ? AND seq <= ?', params: range },
  ];
}

export const raiseFloorsOf = (topic: string, file: SqliteFile): readonly Statement[] =>
  file
    .read<SubscriptionRow>(
      'SELECT s.id, s.topic_id, s.floor FROM subscriptions s JOIN topics t ON t.id = s.topic_id WHERE t.name = ?',
      [topic],
    )
    .flatMap((row) => raiseFloor(row.topic_id, row.id));
