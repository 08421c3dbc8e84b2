/**
 * The brake on mass deletion, beside the switches of an operator in one row of the service.
 *
 * O2. The brake counts deletions that events asked for and that would have an effect. Once more than the bound were asked
 *     for within the window it stays shut until an operator opens it, however long that takes.
 * O3. Asking twice for the same event counts once.
 * O4. The brake is no switch: the mesh shuts it and leaves the operator's switches as they are.
 * O5. What was held goes on only after an opening that came later than the holding. Openings are counted, so that neither a
 *     record that was not read yet nor an old one releases anything, whatever the clocks say.
 */
import {
  type ControlExtension,
  createControl as createSwitches,
  type ControlState as Switches,
  type Control as SwitchesControl,
  switchesView,
} from '@leasehold/controller';
import { type Bound, bound, type Clock } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';
import type { Context } from '../domain/draft.ts';
import { NAMES } from './partition.ts';

export const CONTROL_PARTITION = NAMES.control;

export interface BrakeBounds {
  readonly windowMs: Bound;
  readonly leastDeletions: Bound;
  /** Of all tenants. */
  readonly share: Bound;
}

export const BRAKE_BOUNDS: BrakeBounds = {
  windowMs: bound('deletion-brake-window-ms', 3_600_000),
  leastDeletions: bound('deletion-brake-least', 20),
  share: bound('deletion-brake-share', 0.01),
};

export interface ControlState extends Switches {
  /** How often an operator said `deletions: running`, and whether the mesh has shut it since. */
  readonly brake: { readonly shut: boolean; readonly openings: number };
  /** Deletions by event that were let pass within the window. */
  readonly recent: readonly { readonly key: string; readonly atMs: number }[];
}

export interface Control extends SwitchesControl<ControlState> {
  /** Whether a deletion that an event asks for may go on; counts it if so. */
  admitDeletion(eventKey: string, tenants: number, signal?: AbortSignal): Promise<Context['brake']>;
}

type Stored = Omit<ControlState, 'brake' | 'deletions'> & {
  readonly deletions: Switches['deletions'] | 'braked';
  readonly brake?: ControlState['brake'];
};

const BRAKE: ControlExtension<ControlState> = {
  empty: {
    v: 1,
    reconcile: 'running',
    deletions: 'running',
    brake: { shut: false, openings: 0 },
    backends: {},
    recent: [],
    updatedAtMs: 0,
  },
  // An earlier release kept the brake in the switch.
  read: (stored) => {
    const { deletions, brake, ...rest } = stored as Stored;
    const shut = deletions === 'braked';
    return { ...rest, deletions: shut ? 'running' : deletions, brake: brake ?? { shut, openings: 0 } };
  },
  // Opening the brake forgets what shut it: the operator has looked.
  changed: ({ brake }, { deletions }) =>
    deletions === 'running' ? { recent: [], brake: { shut: false, openings: brake.openings + 1 } } : {},
  heardOf: ({ brake: { openings } }) => openings,
  factsOf: ({ brake }) => ({ brake: brake.shut ? 'shut' : 'open' }),
};

export function createControl(deps: {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly bounds?: BrakeBounds;
}): Control {
  const { ledger, clock, bounds = BRAKE_BOUNDS } = deps;
  const control = createSwitches({ names: NAMES, ledger, clock }, BRAKE);
  return {
    ...control,
    admitDeletion: (eventKey, tenants, signal) =>
      control.update((state) => admit(state, eventKey, tenants, clock.now(), bounds), signal),
  };
}

function admit(
  state: ControlState,
  eventKey: string,
  tenants: number,
  nowMs: number,
  bounds: BrakeBounds,
): readonly [ControlState, Context['brake']] {
  const held = { openings: state.brake.openings };
  if (state.recent.some(({ key }) => key === eventKey)) return [state, 'open'];
  if (state.brake.shut) return [state, held];
  const recent = state.recent.filter(({ atMs }) => atMs > nowMs - bounds.windowMs.value);
  const allowed = Math.max(bounds.leastDeletions.value, Math.floor(tenants * bounds.share.value));
  if (recent.length >= allowed)
    return [{ ...state, recent, brake: { ...state.brake, shut: true }, updatedAtMs: nowMs }, held];
  return [{ ...state, recent: [...recent, { key: eventKey, atMs: nowMs }] }, 'open'];
}

export const controlView = (state: ControlState, backends: readonly string[]) => ({
  ...switchesView(state, backends),
  deletions: state.deletions === 'running' && state.brake.shut ? ('braked' as const) : state.deletions,
  brake: state.brake.shut ? ('shut' as const) : ('open' as const),
});
