/**
 * I6. What only grows: a tenant's generation, its fence, its serials and the version of each partition; a tombstone goes
 * back only by a restore.
 */
import type { Scene } from '../invariants.ts';
import type { TenantState } from '../service.ts';

type Serials = TenantState['serials'];

const SERIALS = ['operation', 'outgoing', 'waiting', 'journal'] as const satisfies readonly (keyof Serials)[];

export function watchGenerations({ world, views }: Scene): undefined {
  views.onCommit(({ before, after }) => {
    if (!before) return;
    const was = before.state;
    const is = after.state;
    const grows = (what: string, from: number, to: number): void => {
      if (to < from) world.violate('I6', `${after.tenantId}: ${what} goes back from ${from} to ${to}`);
    };
    grows('generation', was.generation, is.generation);
    grows('fence', was.fence, is.fence);
    if (was.serials !== is.serials)
      for (const name of SERIALS) grows(`serial ${name}`, was.serials[name], is.serials[name]);
    if (is.generation > was.generation + 1)
      world.violate('I6', `${after.tenantId}: generation jumps from ${was.generation} to ${is.generation}`);
  });
}
