/**
 * What a tenant's project in OpenProject should be, and the differences from what is seen. Pure.
 *
 * 1. Withdrawn access is an archived project: nobody but administrators reaches it. That is the only difference below `/access`.
 * 2. Members that the spec does not name, and the project's name once it is made, are people's own affair.
 * 3. An identifier that people changed is a difference like any other (`/identifier`), the project is the same. Where the server
 *    would not take ours back, that is told and is no difference.
 * 4. A project whose mark says that it is leaving is neither there nor gone: the server deletes it in its own time.
 */
import type { Absent, Change, Ref, SeenBase } from '@leasehold/engine';
import { isAbsent } from '@leasehold/engine';
import { z } from 'zod';
import { differences, pointer } from '../edge/difference.ts';
import { markChanges, wholeChange } from '../edge/ownership.ts';
import { hasMore, weakening, weighed } from '../edge/weakening.ts';

export interface ProjectSpec {
  readonly access: 'granted' | 'withdrawn';
  /** Identifier of the project that a new one is copied from; null: an empty one. */
  readonly template: string | null;
  readonly public: boolean;
  /** Names of roles by the name of the group that has them. */
  readonly memberships: Readonly<Record<string, readonly string[]>>;
}

export interface ProjectSeen extends SeenBase {
  readonly id: number;
  /** As people call it, where that is not the contract's. */
  readonly identifier?: string;
  /** What the server says against the contract's identifier, asked where the project has another. */
  readonly refusal?: string;
  readonly tier: string;
  readonly access: 'granted' | 'withdrawn';
  readonly public: boolean;
  readonly memberships: Readonly<Record<string, readonly string[]>>;
  readonly leaving: boolean;
}

const title = z.string().min(1).max(255);

export const projectSpec = z.strictObject({
  access: z.enum(['granted', 'withdrawn']).default('granted'),
  template: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,99}$/)
    .nullable()
    .default(null),
  public: z.boolean().default(false),
  memberships: z
    .record(
      title,
      z
        .array(title)
        .min(1)
        .max(16)
        .transform((names) => [...new Set(names)].sort()),
    )
    .default({}),
}) as unknown as z.ZodType<ProjectSpec>;

export function planProject(ref: Ref, spec: ProjectSpec, seen: ProjectSeen | Absent): readonly Change[] {
  if (isAbsent(seen)) return wholeChange(null, spec, 'data');
  if (seen.mark !== 'ours') return wholeChange(seen.mark, spec, 'data');
  if (seen.leaving) return wholeChange('leaving', spec, 'data');
  return [
    ...(seen.refusal === undefined ? differences('/identifier', seen.identifier ?? ref.name, ref.name) : []),
    ...differences('/access', seen.access, spec.access),
    ...weighed(differences('/public', seen.public, spec.public), ({ to }) =>
      to === true ? weakening('weaker-isolation', 'let everybody see the project') : undefined,
    ),
    ...Object.entries(spec.memberships).flatMap(([group, roles]) =>
      weighed(differences(`/memberships${pointer(group)}`, seen.memberships[group], roles), ({ from, to }) =>
        hasMore(from, to) ? weakening('others-rule', `take from ${group} a role that others gave it`) : undefined,
      ),
    ),
    ...differences('/tier', seen.tier, ref.tier),
    ...markChanges(ref, seen),
  ];
}
