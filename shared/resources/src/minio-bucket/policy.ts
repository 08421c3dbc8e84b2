/**
 * What a bucket's policy gives, and the one statement of ours that takes it away while a tenant is without access. Pure.
 *
 * 1. The statement denies everything, in front of those that are there: a denial goes over every grant, and when it is taken out
 *    again what was there before is there.
 * 2. A denial counts only while it holds as we write it, whatever name it has.
 * 3. A policy that cannot be read gives access: nobody has seen that it does not.
 * 4. While access is granted, what others allow or deny is their affair.
 */
import type { Change } from '@leasehold/engine';
import { isRecord } from '../edge/difference.ts';

const DENIAL = 'LeaseholdAccessWithdrawn';
const UNREADABLE = 'a policy that cannot be read';

export interface SeenPolicy {
  /** What gives access, by the names of the statements. */
  readonly grants: readonly string[];
  /** Our statement, as we write it or not. */
  readonly denial: 'whole' | 'weakened' | null;
}

type Statement = Readonly<Record<string, unknown>>;
interface Policy extends Readonly<Record<string, unknown>> {
  readonly Statement: readonly Statement[];
}

/** @param text empty: there is none. @returns undefined where nothing of it concerns us. */
export function seenPolicy(text: string, bucket: string): SeenPolicy | undefined {
  if (text.trim() === '') return undefined;
  const policy = parse(text);
  if (policy === undefined) return { grants: [UNREADABLE], denial: null };
  const ours = policy.Statement.filter(isOurs);
  const denial = ours.length === 0 ? null : ours.some((one) => denies(one, bucket)) ? 'whole' : 'weakened';
  const grants = policy.Statement.flatMap((one, index) => (isGrant(one) ? [nameOf(one, index)] : []));
  return grants.length === 0 && denial === null ? undefined : { grants, denial };
}

/** Rules 1 and 4 as differences. */
export function policyChanges(access: 'granted' | 'withdrawn', policy: SeenPolicy | undefined): readonly Change[] {
  const { grants = [], denial = null } = policy ?? {};
  const path = '/access/policy';
  if (access === 'granted') return denial === null ? [] : [{ path, from: 'denied', to: null, weight: 'settings' }];
  return grants.length === 0 || denial === 'whole' ? [] : [{ path, from: grants, to: 'denied', weight: 'settings' }];
}

/** @returns undefined where it cannot be read. */
export function withDenial(text: string, bucket: string): string | undefined {
  const policy = text.trim() === '' ? { Version: '2012-10-17', Statement: [] } : parse(text);
  return policy && JSON.stringify({ ...policy, Statement: [denialOf(bucket), ...others(policy)] });
}

/** @returns empty where nothing is left, undefined where it cannot be read. */
export function withoutDenial(text: string): string | undefined {
  if (text.trim() === '') return '';
  const policy = parse(text);
  if (policy === undefined) return undefined;
  const left = others(policy);
  return left.length === 0 ? '' : JSON.stringify({ ...policy, Statement: left });
}

const resourcesOf = (bucket: string): readonly string[] => [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];

const denialOf = (bucket: string): Statement => ({
  Sid: DENIAL,
  Effect: 'Deny',
  Principal: { AWS: ['*'] },
  Action: ['s3:*'],
  Resource: resourcesOf(bucket),
});

const others = ({ Statement }: Policy): readonly Statement[] => Statement.filter((one) => !isOurs(one));

const isOurs = ({ Sid }: Statement): boolean => Sid === DENIAL;

/** What is no denial counts as a grant, whatever its conditions. */
const isGrant = ({ Effect }: Statement): boolean => Effect !== 'Deny';

const nameOf = ({ Sid }: Statement, index: number): string =>
  typeof Sid === 'string' && Sid !== '' ? Sid : `statement ${index + 1}`;

const FIELDS = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource']);

/** Stores write lists of one as they like, and in an order of their own. */
function denies(one: Statement, bucket: string): boolean {
  const { Effect, Principal, Action, Resource } = one;
  const everybody = isRecord(Principal) ? Principal['AWS'] : Principal;
  return (
    Effect === 'Deny' &&
    Object.keys(one).every((field) => FIELDS.has(field)) &&
    listOf(everybody).includes('*') &&
    listOf(Action).includes('s3:*') &&
    resourcesOf(bucket).every((resource) => listOf(Resource).includes(resource))
  );
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function parse(text: string): Policy | undefined {
  try {
    const policy: unknown = JSON.parse(text);
    if (!isRecord(policy)) return undefined;
    const statements = policy['Statement'] === undefined ? [] : listOf(policy['Statement']);
    return statements.every(isRecord) ? { ...policy, Statement: statements } : undefined;
  } catch {
    return undefined;
  }
}
