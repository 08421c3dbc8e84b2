/**
 * The embedded backend of tenants' indices: one record, `<DATA_DIR>/elasticsearch/<name>.json`, of fields, aliases and settings.
 * It keeps no documents; a series is its first index and is never due.
 */
import { join } from 'node:path';
import type { Backend, Change, Provider, Ref } from '@leasehold/engine';
import { invalid } from '@leasehold/kernel';
import type { Around } from '../edge/caller.ts';
import { chosen, pointer, touches } from '../edge/difference.ts';
import { createDisk } from '../embedded/disk.ts';
import { recordFiles } from '../embedded/places.ts';
import { createRecordBackend, type Viewed } from '../embedded/record-backend.ts';
import { aliasesOf, firstIndex, shapeOf } from './names.ts';
import { INDEX_KIND } from './provider.ts';
import { type IndexSeen, type IndexSpec, indexSpec, type Lifecycle, NOT_DYNAMIC, planIndex, REPLICAS } from './spec.ts';

export interface EmbeddedElasticsearchOptions {
  readonly dataDir: string;
  readonly around?: Around;
}

interface State {
  readonly index: string;
  readonly refreshSeconds: number;
  readonly lifecycle: Lifecycle;
  readonly aliases: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,254}$/;

export function createEmbeddedElasticsearchBackend({ dataDir, around }: EmbeddedElasticsearchOptions): {
  readonly backend: Backend;
  readonly providers: readonly [Provider<IndexSpec, IndexSeen>];
} {
  const disk = createDisk({ backend: 'elasticsearch', folder: join(dataDir, 'elasticsearch'), around });
  const provider = createRecordBackend<IndexSpec, IndexSeen, State>(disk, recordFiles(disk.folder), {
    kind: INDEX_KIND,
    backend: 'elasticsearch',
    holdsData: true,
    hasAccess: false,
    spec: indexSpec,
    plan: planIndex,
    view,
    bare: () => BARE,
    next,
    outputs: (ref) => ({ index: ref.name, aliases: [...aliasesOf(ref, shapeOf(ref))] }),
    checkName: (name) => {
      if (!NAME.test(name)) throw invalid(`index name ${JSON.stringify(name)} is not one`, { code: 'InvalidName' });
    },
  });
  return { backend: disk.backend, providers: [provider] };
}

const BARE: State = {
  index: '',
  refreshSeconds: 1,
  lifecycle: { rolloverAfterDays: 0, rolloverAfterGigabytes: 0, deleteAfterDays: null },
  aliases: [],
  fields: {},
};

function view({ state, tier }: Viewed<State>): Omit<IndexSeen, 'mark' | 'generation'> {
  const { index, refreshSeconds, lifecycle, aliases, fields } = state;
  return {
    tier,
    refreshSeconds,
    replicas: REPLICAS,
    aliases,
    fields,
    dynamic: NOT_DYNAMIC,
    managed: true,
    indices: [{ index, rolledDays: null }],
    writeIndex: { ageDays: 0, documents: 0, bytes: 0 },
    policy: lifecycle,
    hasTemplate: true,
  };
}

function next(spec: IndexSpec, changes: readonly Change[], before: State | undefined, ref: Ref): State {
  const shape = shapeOf(ref);
  const due = (path: string) => before === undefined || touches(changes, path);
  const fields = Object.entries(shape.fields).filter(([name]) => due(`/fields${pointer(name)}`));
  return {
    index: firstIndex(ref, shape),
    refreshSeconds: due('/refreshSeconds') ? spec.refreshSeconds : (before ?? BARE).refreshSeconds,
    lifecycle: before ? chosen('/lifecycle', before.lifecycle, spec.lifecycle, changes) : spec.lifecycle,
    aliases: due('/aliases') ? aliasesOf(ref, shape) : (before ?? BARE).aliases,
    fields: { ...before?.fields, ...Object.fromEntries(fields) },
  };
}
