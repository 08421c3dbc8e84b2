/**
 * The laptop's case, no server at all: how soon a started process is ready (a new process, its compile cache filled before),
 * what memory it holds, and how soon a tenant is complete. Raw: a Node process that only listens, and the tenant's files
 * written by nothing but Node.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { residentBytes } from '../../stack/process.ts';
import { pause, until } from '../../support/poll.ts';
import { createProduct, freePort, type Product } from '../../support/product.ts';
import type { Line, Pair } from '../figure.ts';
import { provision } from '../product/completion.ts';
import { doorOf } from '../product/sides.ts';
import { makeTenantFiles, spawnListener } from '../raw/disk.ts';
import { TIER } from '../raw/tenant.ts';
import { elapsedMs } from '../turns.ts';
import type { Place } from './place.ts';

const MIB = 1024 * 1024;
const LOOK_MS = 5;
const START_MS = 60_000;
const WARM_TENANTS = 2;
/** Each start is a process that is then asked for this many tenants. */
const TENANTS = 3;

interface Start {
  readonly readyMs: number;
  readonly residentMiB: number;
}

const answers = async (url: string): Promise<boolean> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(START_MS) });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
};

const answering = (url: string) => until(url, () => answers(url), { boundMs: START_MS, everyMs: LOOK_MS });

async function startListener(): Promise<Start> {
  const port = await freePort();
  const begin = performance.now();
  const child = spawnListener(port);
  try {
    await answering(`http://127.0.0.1:${port}/`);
    return { readyMs: performance.now() - begin, residentMiB: (residentBytes(child.pid ?? 0) ?? 0) / MIB };
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function startProcess(product: Product): Promise<Start> {
  const readyMs = await elapsedMs(async () => {
    product.launch();
    await answering(`${product.url}/ready`);
  });
  return { readyMs, residentMiB: product.residentBytes() / MIB };
}

async function measureTenants(product: Product, folder: string, round: number): Promise<readonly Pair[]> {
  const door = doorOf(product);
  const pairs: Pair[] = [];
  for (let serial = 0; serial < WARM_TENANTS + TENANTS; serial++) {
    const [ours, bare] = [`bench-${round}-${serial}`, `raw-${round}-${serial}`];
    const sides = {
      product: () => elapsedMs(() => provision(door, ours, TIER)),
      raw: () => elapsedMs(() => makeTenantFiles(folder, bare)),
    };
    const productFirst = serial % 2 === 0;
    const first = await (productFirst ? sides.product() : sides.raw());
    const second = await (productFirst ? sides.raw() : sides.product());
    // The product relays its event after it said `completed`: the next measurement does not begin in the middle of it.
    await pause(100);
    const pair = productFirst ? { product: first, raw: second } : { product: second, raw: first };
    if (serial >= WARM_TENANTS) pairs.push(pair);
  }
  return pairs;
}

interface Measured {
  readonly ready: Pair[];
  readonly memory: Pair[];
  readonly tenant: Pair[];
}

async function measureStart(round: number, folder: string, into: Measured): Promise<void> {
  const product = await createProduct();
  try {
    const listenerFirst = round % 2 === 1 ? await startListener() : undefined;
    const ours = await startProcess(product);
    const bare = listenerFirst ?? (await startListener());
    const tenants = await measureTenants(product, folder, round);
    into.ready.push({ product: ours.readyMs, raw: bare.readyMs });
    into.memory.push({ product: product.residentBytes() / MIB, raw: bare.residentMiB });
    into.tenant.push(...tenants);
    await product.stop();
  } finally {
    await product.clear();
  }
}

export async function measureEmbedded(place: Place): Promise<readonly Line[]> {
  const folder = mkdtempSync(join(tmpdir(), 'leasehold-bench-'));
  const measured: Measured = { ready: [], memory: [], tenant: [] };
  try {
    // The first process fills the compile cache.
    await measureStart(0, folder, { ready: [], memory: [], tenant: [] });
    for (let round = 1; round <= place.pairs; round++) {
      place.signal.throwIfAborted();
      await measureStart(round, folder, measured);
      place.log('.');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const listener = 'a Node process that only listens';
  const line = { better: 'lower' } as const;
  return [
    {
      ...line,
      id: 'embedded.ready',
      what: 'embedded: start to ready',
      unit: 'ms',
      against: listener,
      pairs: measured.ready,
    },
    {
      ...line,
      id: 'embedded.memory',
      what: `embedded: resident memory after ${WARM_TENANTS + TENANTS} tenants`,
      unit: 'MiB',
      against: listener,
      pairs: measured.memory,
    },
    {
      ...line,
      id: 'embedded.tenant',
      what: 'embedded: one tenant, POST to completed',
      unit: 'ms',
      against: "the tenant's files written by Node alone",
      pairs: measured.tenant,
    },
  ];
}
