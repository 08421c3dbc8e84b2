/**
 * What the store says of each drawer, kept up to date commit by commit: the facts that its invariants are judged by.
 */
import type { Committed, World } from '@leasehold/testing/world';
import { type Drawer, emptyDrawer } from '../../specimen/drawer.ts';
import { FILING } from './drawers.ts';

const PREFIX = `${FILING}/drawer/`;

export interface DrawerView {
  readonly ownerId: string;
  readonly state: Drawer;
}

export interface DrawerCommit {
  readonly before: DrawerView | undefined;
  readonly after: DrawerView;
  readonly committed: Committed;
}

export interface DrawerViews {
  readonly all: ReadonlyMap<string, DrawerView>;
  /** By the name of its bucket. */
  ofBucket(name: string): DrawerView | undefined;
  onCommit(listener: (commit: DrawerCommit) => void): void;
}

export function watchDrawers(world: World): DrawerViews {
  const all = new Map<string, DrawerView>();
  const owners = new Map<string, string>();
  const listeners: ((commit: DrawerCommit) => void)[] = [];
  world.store.onCommit((committed) => {
    const { partition, put } = committed.request;
    if (!partition.startsWith(PREFIX)) return;
    const ownerId = partition.slice(PREFIX.length);
    const before = all.get(ownerId);
    const written = put.find(({ key }) => key === 'state')?.value;
    const state = written === undefined ? (before?.state ?? emptyDrawer(ownerId)) : (JSON.parse(written) as Drawer);
    const after = { ownerId, state };
    all.set(ownerId, after);
    for (const { name } of state.records) owners.set(name, ownerId);
    for (const listener of listeners) listener({ before, after, committed });
  });
  return {
    all,
    ofBucket: (name) => all.get(owners.get(name) ?? ''),
    onCommit: (listener) => void listeners.push(listener),
  };
}
