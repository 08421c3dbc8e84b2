/**
 * What is said of a tenant that is suspended, leaves or has left, against what is there at that very commit.
 *
 * I9. A tenant is called suspended when each of its objects that knows access is without it, gives it to no role, or is not there.
 * I10. What is protected is not taken down, unless an operator went over that and nobody protected it since.
 * I11. A tenant is gone when each object that was made for it is absent, or is named as left behind.
 */
import type { SimObject } from '@leasehold/testing/world';
import type { Scene } from '../invariants.ts';
import { isHeldByProtection, statusOf, type TenantState } from '../service.ts';
import { KINDS } from '../tiers.ts';

export function watchLeaving({ world, views, losses }: Scene): undefined {
  const objectsOf = (state: TenantState) =>
    state.records.flatMap((record) => {
      const object = world.backends.object(record.kind, record.name);
      return object && !object.planted ? [{ record, object }] : [];
    });
  const isOursUnmarked = ({ unmarked, kind, name }: SimObject, generation: number): boolean =>
    unmarked === true && losses.wasComplete(kind, name, generation);
  views.onCommit(({ before, after: { state, tenantId } }) => {
    const was = before && statusOf(before.state);
    const status = statusOf(state);
    if (status === 'suspended' && was !== 'suspended')
      for (const { record, object } of objectsOf(state))
        if (
          record.born &&
          !losses.isTampered(record.kind, record.name) &&
          KINDS[record.kind]?.hasAccess &&
          givesAccess(object.settings)
        )
          world.violate('I9', `${tenantId} is called suspended, but ${record.kind} ${record.name} gives access`);
    if (
      before?.state.phase === 'leaving' &&
      state.phase === 'deleting' &&
      isHeldByProtection({ ...state, phase: 'leaving' })
    )
      world.violate('I10', `${tenantId} is protected, and its removal begins`);
    if (state.phase === 'gone' && before?.state.phase === 'deleting')
      for (const { record, object } of objectsOf(state))
        if (
          record.fate !== 'left-behind' &&
          (isOursUnmarked(object, state.generation) || object.owner?.tenantId === tenantId)
        )
          world.violate('I11', `${tenantId} is gone, but ${record.kind} ${record.name} is there (${record.fate})`);
  });
}

const givesAccess = ({ access, roles }: Readonly<Record<string, unknown>>): boolean =>
  access !== 'withdrawn' && !(typeof roles === 'object' && roles !== null && Object.keys(roles).length === 0);
