/**
 * I6. What only grows: a tenant's generation, its fence, its serials and the version of each partition; a tombstone goes
 * back only by a restore.
 */
import type { Scene } from '../invariants.ts';

export function watchGenerations({ world, views }: Scene): undefined {
  views.onCommit(({ before, after }) => {
    if (!before) return;
    const was = before.state;
    const is = after.state;
    const numbers: [string, number, number][] = [
      ['generation', was.generation, is.generation],
      ['fence', was.fence, is.fence],
      ...Object.entries(was.serials).map(([name, value]): [string, number, number] => [
        `serial ${name}`,
        value,
        is.serials[name as keyof typeof is.serials],
      ]),
    ];
    for (const [what, from, to] of numbers)
      if (to < from) world.violate('I6', `${after.tenantId}: ${what} goes back from ${from} to ${to}`);
    if (is.generation > was.generation + 1)
      world.violate('I6', `${after.tenantId}: generation jumps from ${was.generation} to ${is.generation}`);
  });
}
