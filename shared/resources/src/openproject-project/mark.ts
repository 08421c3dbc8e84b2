/**
 * Our mark on a project: one sentence in its description, the only field of text that every project has. A sentence rather than a
 * comment, because the editor keeps sentences. Pure.
 *
 * 1. What people write before and after it is kept.
 */
import type { Ref } from '@leasehold/engine';
import type { Owner } from '../edge/ownership.ts';

export interface ProjectMark extends Owner {
  readonly tier: string;
  /** The project was given to the server to be deleted. */
  readonly leaving: boolean;
}

const SENTENCE =
  /Managed by Leasehold: tenant ([a-z0-9-]+), tier ([a-z0-9_-]*), generation ([1-9]\d{0,14})(, being deleted)?\./;

const markSentence = ({ tenantId, tier, generation, leaving }: ProjectMark): string =>
  `Managed by Leasehold: tenant ${tenantId}, tier ${tier}, generation ${generation}${leaving ? ', being deleted' : ''}.`;

/** What the contract calls a tenant's project. People can change what it is called. */
export const identifierOf = (tenantId: string): string => `tenant-${tenantId}`;

/** The description without a mark: what was copied is nobody's project of ours. */
export const released = (description: string): string =>
  description.replace(SENTENCE, (_sentence, tenantId: string) => `Copied from a project of tenant ${tenantId}.`);

export function markIn(description: string): ProjectMark | undefined {
  const match = SENTENCE.exec(description);
  if (match === null) return undefined;
  const [, tenantId = '', tier = '', generation, leaving] = match;
  return { tenantId, tier, generation: Number(generation), leaving: leaving !== undefined };
}

/** The description with this mark in the place of the one it had. */
export function marked(description: string, ref: Ref, leaving: boolean): string {
  const sentence = markSentence({ ...ref, leaving });
  if (SENTENCE.test(description)) return description.replace(SENTENCE, () => sentence);
  return description === '' ? sentence : `${description}\n\n${sentence}`;
}
