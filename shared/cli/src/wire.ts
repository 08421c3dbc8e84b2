/**
 * Answers of the server, read leniently: what is missing gets a default, what is unknown is left alone, so that a client
 * one release older or younger than its server still draws what it understands.
 *
 * 1. Nothing here throws, whatever JSON it is given.
 * 2. Every text that reaches a view has no control characters.
 */
import { plain } from './text.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const fields = (value: unknown): Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {};
export const items = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fields) : []);
export const text = (value: unknown, otherwise = ''): string =>
  typeof value === 'string' ? plain(value) : typeof value === 'number' ? String(value) : otherwise;
export const maybeText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? plain(value) : undefined;
export const maybeNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
export const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string').map(plain) : [];

/** @returns `undefined` for what is no JSON. */
export function parseJson(source: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch {
    return undefined;
  }
}

export interface ResourceSeen {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly attempts: number;
  readonly durationMs: number | undefined;
  readonly message: string | undefined;
}

export interface ConditionSeen {
  readonly type: string;
  readonly holds: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface StatusSeen {
  readonly tenantId: string;
  readonly name: string;
  readonly tier: string;
  readonly status: string;
  readonly generation: number;
  readonly operationId: string | undefined;
  readonly durationMs: number | undefined;
  readonly startedAt: string | undefined;
  readonly resources: readonly ResourceSeen[];
  readonly conditions: readonly ConditionSeen[];
  readonly quota: Fields;
}

const resourceSeen = (entry: Fields): ResourceSeen => ({
  kind: text(entry['kind'], '?'),
  name: text(entry['name'], '?'),
  status: text(entry['status'], 'unknown'),
  attempts: maybeNumber(entry['attempts']) ?? 0,
  durationMs: maybeNumber(entry['duration_ms']),
  message: maybeText(entry['message']),
});

export function statusSeen(value: unknown): StatusSeen {
  const answer = fields(value);
  return {
    tenantId: text(answer['tenant_id'], '?'),
    name: text(answer['tenant_name']),
    tier: text(answer['tier'], '?'),
    status: text(answer['status'], 'unknown'),
    generation: maybeNumber(answer['generation']) ?? 0,
    operationId: maybeText(answer['operation_id']),
    durationMs: maybeNumber(answer['duration_ms']),
    startedAt: maybeText(answer['started_at']),
    resources: items(answer['resources']).map(resourceSeen),
    conditions: items(answer['conditions']).map((entry) => ({
      type: text(entry['type'], '?'),
      holds: entry['status'] === 'True',
      reason: text(entry['reason']),
      message: text(entry['message']),
    })),
    quota: fields(answer['quota']),
  };
}

export interface TenantSeen {
  readonly id: string;
  readonly name: string;
  readonly tier: string;
  readonly status: string;
  readonly generation: number;
  readonly isProtected: boolean;
  readonly createdAt: string;
  readonly graceUntil: string | undefined;
  readonly deletionReason: string | undefined;
}

export function tenantSeen(value: unknown): TenantSeen {
  const answer = fields(value);
  const deletion = fields(answer['deletion']);
  return {
    id: text(answer['tenant_id'], '?'),
    name: text(answer['tenant_name']),
    tier: text(answer['tier'], '?'),
    status: text(answer['status'], 'unknown'),
    generation: maybeNumber(answer['generation']) ?? 0,
    isProtected: answer['protected'] === true,
    createdAt: text(answer['created_at']),
    graceUntil: maybeText(deletion['grace_until']),
    deletionReason: maybeText(deletion['reason']),
  };
}
