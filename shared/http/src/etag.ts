/**
 * Versions in headers: an ETag for what is shown, `If-Match` for what is written, `If-None-Match` for what is read again.
 * Comparison for writes is strong (RFC 9110, 13.1.1).
 */
import { type ProblemError, problem } from './problem.ts';

export const etagOf = (version: string | number): string => `"${version}"`;

const tagsOf = (header: string): readonly string[] => header.split(',').map((tag) => tag.trim());

export const missingIfMatch = (): ProblemError =>
  problem('precondition-required', 'This write needs If-Match with the ETag of the object as you read it.');

/** Throws `precondition-failed` unless the header names the version. A weak tag matches nothing. */
export function requireMatch(header: string | null, version: string | number): void {
  if (header === null || header === '*') return;
  if (tagsOf(header).includes(etagOf(version))) return;
  throw problem(
    'precondition-failed',
    `The object is at ETag ${etagOf(version)}, If-Match was ${header.slice(0, 100)}. Read it again.`,
    { headers: { etag: etagOf(version) } },
  );
}

export const isUnchanged = (header: string | null, version: string | number): boolean =>
  header !== null && (header === '*' || tagsOf(header).some((tag) => tag.replace(/^W\//, '') === etagOf(version)));
