/**
 * What exists on a world's backends: one table of objects over all of them, and every effect that ever changed it, so that
 * orphans, double creations and deletions of the wrong generation can be told.
 *
 * 1. Each function is one atomic effect of one request; what it does not like, it answers with a fault and changes nothing.
 * 2. A look may show what was there a moment ago, at most as long as the change said, and never goes back again.
 */
import { conflict, type Fault, type Json } from '@leasehold/kernel';

export interface Owner {
  readonly tenantId: string;
  readonly generation: number;
}

export interface SimObject {
  readonly kind: string;
  readonly name: string;
  readonly owner: Owner | undefined;
  readonly settings: Readonly<Record<string, Json>>;
  /** Tells one making from the next under the same name. */
  readonly incarnation: number;
  /** Made by somebody else. */
  readonly planted: boolean;
  /** Made by us, and somebody took our mark off it. */
  readonly unmarked?: true;
}

/** Who asks for an effect, and for whom. */
export interface Doer {
  readonly process: string;
  readonly tenantId: string;
  readonly generation: number;
  readonly fence: number;
}

export interface Effect {
  readonly atMs: number;
  readonly action: 'created' | 'updated' | 'marked' | 'deleted';
  readonly backend: string;
  readonly before: SimObject | undefined;
  readonly after: SimObject | undefined;
  readonly by: Doer;
}

export interface Target {
  readonly backend: string;
  readonly kind: string;
  readonly name: string;
}

export interface BackendTable {
  readonly objects: ReadonlyMap<string, SimObject>;
  readonly effects: readonly Effect[];
  object(kind: string, name: string): SimObject | undefined;
  /** What a look shows now: the present, or a moment ago. */
  look(kind: string, name: string): SimObject | undefined;
  /** @throws Conflict `AlreadyExists` */
  create(target: Target, owner: Owner | undefined, by: Doer, staleMs: number): void;
  /** @throws Conflict `GoneMeanwhile` */
  configure(target: Target, settings: Readonly<Record<string, Json>>, by: Doer, staleMs: number): void;
  /** @throws Conflict `GoneMeanwhile` */
  mark(target: Target, owner: Owner, by: Doer, staleMs: number): void;
  /** By name, as backends do: whose it is has to be looked at before. */
  drop(target: Target, by: Doer, staleMs: number): void;
  /** Puts somebody else's object there, or takes one away behind everybody's back. */
  plant(target: Target, settings: Readonly<Record<string, Json>>): void;
  lose(kind: string, name: string): boolean;
  /** Takes our mark off one, behind everybody's back. */
  unmark(kind: string, name: string): void;
  /** Sets something otherwise, behind everybody's back. */
  tamper(kind: string, name: string, settings: Readonly<Record<string, Json>>): void;
  onEffect(listener: (effect: Effect) => void): void;
  onLoss(listener: (object: SimObject) => void): void;
  onTamper(listener: (object: SimObject) => void): void;
}

interface Past {
  readonly untilMs: number;
  readonly object: SimObject | undefined;
}

const keyOf = (kind: string, name: string): string => `${kind} ${name}`;
const gone = ({ kind, name }: Target): Fault =>
  conflict(`${kind} ${name} has gone meanwhile`, { code: 'GoneMeanwhile' });

/** Ours from now on, whoever made it. */
const marked = ({ unmarked: _, ...object }: SimObject, owner: Owner): SimObject => ({
  ...object,
  owner,
  planted: false,
});

export function createBackendTable(now: () => number, touch: () => void): BackendTable {
  const objects = new Map<string, SimObject>();
  const past = new Map<string, Past>();
  const effects: Effect[] = [];
  const listeners: ((effect: Effect) => void)[] = [];
  let incarnations = 0;
  const put = (
    target: Target,
    after: SimObject | undefined,
    action: Effect['action'],
    by: Doer,
    staleMs: number,
  ): void => {
    const key = keyOf(target.kind, target.name);
    const before = objects.get(key);
    if (after) objects.set(key, after);
    else objects.delete(key);
    if (staleMs > 0 && !past.has(key)) past.set(key, { untilMs: now() + staleMs, object: before });
    const effect: Effect = { atMs: now(), action, backend: target.backend, before, after, by };
    effects.push(effect);
    touch();
    for (const listener of listeners) listener(effect);
  };
  const make = (
    target: Target,
    owner: Owner | undefined,
    settings: SimObject['settings'],
    planted: boolean,
  ): SimObject => {
    incarnations += 1;
    return { kind: target.kind, name: target.name, owner, settings, incarnation: incarnations, planted };
  };
  const present = (target: Target): SimObject => {
    const object = objects.get(keyOf(target.kind, target.name));
    if (!object) throw gone(target);
    return object;
  };
  return {
    objects,
    effects,
    object: (kind, name) => objects.get(keyOf(kind, name)),
    look: (kind, name) => {
      const key = keyOf(kind, name);
      const before = past.get(key);
      if (before && before.untilMs > now()) return before.object;
      past.delete(key);
      return objects.get(key);
    },
    create: (target, owner, by, staleMs) => {
      if (objects.has(keyOf(target.kind, target.name)))
        throw conflict(`${target.kind} ${target.name} exists already`, {
          code: 'AlreadyExists',
          backend: target.backend,
        });
      put(target, make(target, owner, {}, false), 'created', by, staleMs);
    },
    configure: (target, settings, by, staleMs) => {
      const object = present(target);
      put(target, { ...object, settings: { ...object.settings, ...settings } }, 'updated', by, staleMs);
    },
    mark: (target, owner, by, staleMs) => put(target, marked(present(target), owner), 'marked', by, staleMs),
    drop: (target, by, staleMs) => {
      if (objects.has(keyOf(target.kind, target.name))) put(target, undefined, 'deleted', by, staleMs);
    },
    plant: (target, settings) => {
      objects.set(keyOf(target.kind, target.name), make(target, undefined, settings, true));
    },
    ...createLosses(objects, touch),
    onEffect: (listener) => void listeners.push(listener),
  };
}

function createLosses(
  objects: Map<string, SimObject>,
  touch: () => void,
): Pick<BackendTable, 'lose' | 'unmark' | 'tamper' | 'onLoss' | 'onTamper'> {
  const listeners: ((object: SimObject) => void)[] = [];
  const tampers: ((object: SimObject) => void)[] = [];
  return {
    lose: (kind, name) => {
      const object = objects.get(keyOf(kind, name));
      if (!object) return false;
      objects.delete(keyOf(kind, name));
      for (const listener of listeners) listener(object);
      touch();
      return true;
    },
    unmark: (kind, name) => {
      const key = keyOf(kind, name);
      const object = objects.get(key);
      if (object) objects.set(key, { ...object, owner: undefined, unmarked: true });
      touch();
    },
    tamper: (kind, name, settings) => {
      const key = keyOf(kind, name);
      const object = objects.get(key);
      if (!object) return;
      objects.set(key, { ...object, settings: { ...object.settings, ...settings } });
      for (const listener of tampers) listener(object);
      touch();
    },
    onLoss: (listener) => void listeners.push(listener),
    onTamper: (listener) => void tampers.push(listener),
  };
}
