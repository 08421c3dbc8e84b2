/**
 * The mark of a keyspace: a JSON object behind a fixed word in the comment of each base table. Written as
 * `leasehold {"tenant":"acme","generation":1,"schema":1}`; `schema` only where a migration was completed.
 */
import type { Owner } from '../edge/ownership.ts';

export interface TableMark extends Owner {
  readonly schema: number;
}

const WORD = 'leasehold ';

export const markText = (mark: TableMark): string =>
  WORD +
  JSON.stringify({
    tenant: mark.tenantId,
    generation: mark.generation,
    ...(mark.schema > 0 ? { schema: mark.schema } : {}),
  });

/** undefined: a comment that is no mark of ours, whatever it says. */
export function parseMark(comment: string): TableMark | undefined {
  if (!comment.startsWith(WORD)) return undefined;
  try {
    const { tenant, generation, schema = 0 } = JSON.parse(comment.slice(WORD.length)) as Record<string, unknown>;
    if (typeof tenant !== 'string' || !Number.isSafeInteger(generation) || !Number.isSafeInteger(schema)) {
      return undefined;
    }
    return { tenantId: tenant, generation: generation as number, schema: schema as number };
  } catch {
    return undefined;
  }
}
