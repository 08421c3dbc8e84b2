/**
 * An installation with many settled tenants, made in seconds or minutes: one tenant goes through the product's own doors, the others are
 * copies of what it left, rows and objects alike, under ids of the same length. Rows are written by the product's own store.
 *
 * 1. A copy differs from what the product would have made in its id alone: nothing that sweeps it finds anything to repair.
 * 2. No process uses the folder while it is filled.
 */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@leasehold/kernel';
import { createSqliteStore, type Store } from '@leasehold/store';
import type { Product } from '../../support/product.ts';
import { TIER } from '../raw/tenant.ts';
import { eachWithin } from '../turns.ts';
import { type Door, provision } from './completion.ts';

const AT_ONCE = 64;
const PAGE = 200;
const DIGITS = 5;

/** How the rows of a stopped product are reached. */
export type OpenStore = () => Promise<Store>;

const idOf = (serial: number): string => `settled-${String(serial).padStart(DIGITS, '0')}`;
const TEMPLATE = idOf(0);
const underscored = (id: string): string => id.replaceAll('-', '_');

/** Folders below the data folder whose entries are one object each. */
const OBJECT_FOLDERS = ['cassandra', 'elasticsearch', 'ignite', 'minio', 'pulsar'];

type Rename = (text: string) => string;
const renameTo = (id: string): Rename => {
  const [from, to] = [underscored(TEMPLATE), underscored(id)];
  return (text) => text.replaceAll(TEMPLATE, id).replaceAll(from, to);
};

/**
 * @param product runs on a fresh folder; it is stopped here and left stopped. @param count settled tenants in the end. @param open the
 * store that holds its rows; else the file in its folder.
 */
export async function fillWithSettled(
  product: Product,
  door: Door,
  count: number,
  open: OpenStore = () => createSqliteStore({ path: join(product.dataDir, 'store.sqlite'), clock: systemClock }),
): Promise<void> {
  await provision(door, TEMPLATE, TIER);
  // What `completed` publishes is on its way; a clean end sends it.
  await product.stop();
  const serials = Array.from({ length: count - 1 }, (_, index) => index + 1);
  const store = await open();
  try {
    await copyRows(store, serials);
  } finally {
    await store.close();
  }
  await copyObjects(product.dataDir, serials);
}

async function copyRows(store: Store, serials: readonly number[]): Promise<void> {
  const { partition, directory, summary } = await findTemplate(store);
  const { items: rows } = await store.scan(partition, { prefix: '', limit: PAGE });
  await eachWithin(serials, AT_ONCE, async (serial) => {
    const rename = renameTo(idOf(serial));
    const outcome = await store.commit({
      partition: rename(partition),
      expectedVersion: 0,
      commitId: `settled-${serial}`,
      put: rows.map(({ key, value }) => ({ key, value: rename(value) })),
      remove: [],
      hints: [],
      entries: [{ directory, name: idOf(serial), summary, version: 1 }],
    });
    if (outcome.kind !== 'committed') throw new Error(`${idOf(serial)} is there already`);
  });
}

const SERVICE = 'tenant-provisioner';

async function findTemplate(store: Store) {
  const directory = `${SERVICE}/tenants`;
  const { items } = await store.list(directory, { limit: PAGE });
  const entry = items.find(({ name }) => name === TEMPLATE);
  if (entry === undefined) throw new Error(`the directory does not name ${TEMPLATE}`);
  return { partition: `${SERVICE}/tenant/${TEMPLATE}`, directory, summary: entry.summary };
}

interface Found {
  /** Below the data folder. */
  readonly path: string;
  /** Byte for byte; undefined: a folder. */
  readonly bytes: string | undefined;
}

async function objectsOf(dataDir: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  const take = async (path: string): Promise<void> => {
    if ((await stat(join(dataDir, path))).isDirectory()) {
      found.push({ path, bytes: undefined });
      for (const name of await readdir(join(dataDir, path))) await take(join(path, name));
    } else found.push({ path, bytes: await readFile(join(dataDir, path), 'latin1') });
  };
  for (const folder of OBJECT_FOLDERS)
    for (const name of await readdir(join(dataDir, folder)))
      if (underscored(name).includes(underscored(TEMPLATE))) await take(join(folder, name));
  return found;
}

async function copyObjects(dataDir: string, serials: readonly number[]): Promise<void> {
  const objects = await objectsOf(dataDir);
  await eachWithin(serials, AT_ONCE, async (serial) => {
    const rename = renameTo(idOf(serial));
    for (const { path, bytes } of objects) {
      const to = join(dataDir, rename(path));
      if (bytes === undefined) await mkdir(to);
      else await writeFile(to, rename(bytes), { encoding: 'latin1', mode: 0o600 });
    }
  });
}
