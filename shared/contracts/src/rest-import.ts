/**
 * What crosses the wire of an import: tenants that exist on the backends and not in the ledger.
 */
import { z } from 'zod';
import { TENANT_STATUSES } from './tenant.ts';

const importResourceSchema = z.strictObject({
  kind: z.string(),
  name: z.string(),
  mark: z.enum(['none', 'ours', 'other']).meta({
    description:
      '`ours`: of this tenant; `none`: of nobody, an import adopts it; `other`: of another, nothing adopts it.',
  }),
  generation: z.int().nullable().meta({
    description:
      'In our mark, where the backend can hold one. One that the ledger has not given is named in the import.',
  }),
  adoptable: z.boolean().meta({ description: 'Whether an import that names no generation makes it the tenant’s.' }),
});

export const importCandidateSchema = z.strictObject({
  tenant_id: z.string(),
  status: z.enum(TENANT_STATUSES).nullable().meta({ description: 'Null: the ledger does not know it.' }),
  resources: z.array(importResourceSchema),
  newer_release: z
    .literal(true)
    .optional()
    .meta({ description: 'A newer release wrote it, and has to see to it: nothing of it can be adopted by this one.' }),
});
export type ImportCandidate = z.infer<typeof importCandidateSchema>;
