/**
 * A disk or a file under the embedded store that cannot be worked with: the process says so within seconds by /ready and by
 * one line, keeps what it accepted, and goes on by itself when it is over. The disk is filled by the kernel's bound on the
 * size of files, which needs no privilege.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';

/** Promised for the fault. Its end is looked for each second, and a file that was damaged is read and opened anew. */
const FAULT_MS = 2_000;
const WELL_MS = 6_000;
const SETTLE_MS = 20_000;

let product: Product;
afterEach(async () => {
  await product.clear();
});

/** The kernel's signal for a file that may not grow would end the process where an answer is wanted. */
const TAKES_REFUSALS = { NODE_OPTIONS: `--import=data:text/javascript,process.on('SIGXFSZ',()=>{})` };

const reason = async (): Promise<string | undefined> => {
  const { status, body } = await product.api.get('/ready');
  return status === 200 ? undefined : String(body.reason);
};
const becomes = (what: string, holds: (why: string | undefined) => boolean, boundMs = FAULT_MS) =>
  until(what, async () => holds(await reason()), { boundMs, everyMs: 50, tell: product.tail });
const isWellAgain = () => becomes('/ready to be well again', (why) => why === undefined, WELL_MS);
const linesOf = (message: RegExp): readonly string[] =>
  product
    .output()
    .split('\n')
    .filter((line) => message.test(line));
const provision = (id: string) =>
  product.api.call('POST', '/api/v1/provision', { body: { tenant_id: id, tenant_name: id, tier: 'free' } });

test('files that may not grow: 503 that names the disk, one line, accepted work is kept, and it goes on when there is room', async () => {
  product = await startProduct(TAKES_REFUSALS);
  await product.api.provision('before');
  await untilAll(product.api, ['before'], 'completed', SETTLE_MS, product.tail);
  const limit = (bytes: string) => execFileSync('sh', ['-c', `prlimit --pid=${product.pid} --fsize=${bytes}`]);
  limit('16384:unlimited');
  const refused = await provision('during');
  expect(refused.status, product.tail()).toBe(503);
  await becomes('/ready to say what is wrong', (why) => /store\.sqlite .*disk/.test(why ?? ''));
  for (let time = 0; time < 20; time++) expect((await provision(`during-${time}`)).status).toBe(503);
  limit('unlimited:unlimited');
  await isWellAgain();
  await product.api.provision('after');
  await untilAll(product.api, ['before', 'after'], 'completed', SETTLE_MS, product.tail);
  expect(linesOf(/the store is away/)).toHaveLength(1);
  expect(linesOf(/disk.*the store is away/)).toHaveLength(1);
  expect(linesOf(/the store is there again/)).toHaveLength(1);
  expect(linesOf(/"level":"warn".*(store|commit|tick|work)/).length, product.tail()).toBeLessThan(40);
});

test.each(['store', 'bus'])(
  'garbage in the file of the %s: 503 that names it, one line, and well again when the file is',
  async (part) => {
    product = await startProduct();
    const ids = Array.from({ length: 12 }, (_, index) => `t${index}`);
    for (const id of ids) await product.api.provision(id);
    await untilAll(product.api, ids, 'completed', SETTLE_MS, product.tail);
    const path = join(product.dataDir, `${part}.sqlite`);
    const other = new DatabaseSync(path);
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    other.close();
    const good = readFileSync(path);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.alloc(400_000, 0x5a), 0, 400_000, 4_096);
    closeSync(fd);
    await becomes(
      '/ready to name the file',
      (why) => why?.includes(`the ${part} is away (the file ${part}.sqlite is damaged`) === true,
    );
    expect(linesOf(new RegExp(`damaged.*the ${part} is away`))).toHaveLength(1);
    writeFileSync(path, good);
    truncateSync(path, good.byteLength);
    await isWellAgain();
    expect(linesOf(new RegExp(`the ${part} is there again`))).toHaveLength(1);
    await product.api.provision('after');
    await untilAll(product.api, [...ids, 'after'], 'completed', SETTLE_MS, product.tail);
  },
);

test('a store that was moved away takes nothing, says so, and goes on when it is back', async () => {
  product = await startProduct();
  const path = join(product.dataDir, 'store.sqlite');
  renameSync(path, `${path}.away`);
  await becomes('/ready to name the file', (why) => /store\.sqlite was deleted or replaced/.test(why ?? ''));
  expect((await provision('during')).status).toBe(503);
  renameSync(`${path}.away`, path);
  await isWellAgain();
  await product.api.provision('after');
  await untilAll(product.api, ['after'], 'completed', SETTLE_MS, product.tail);
  expect(statSync(path).size).toBeGreaterThan(0);
});

test('a store that is damaged at the start is named by /ready and waited for, and nothing is written upon it', async () => {
  product = await startProduct();
  await product.stop();
  const path = join(product.dataDir, 'store.sqlite');
  const good = readFileSync(path);
  const garbage = Buffer.alloc(good.byteLength, 0x5a);
  writeFileSync(path, garbage);
  product.launch();
  const why = () => reason().catch(() => undefined);
  await until('/ready to name the file', async () => /store\.sqlite is damaged/.test((await why()) ?? ''), {
    boundMs: SETTLE_MS,
    tell: product.tail,
  });
  expect(readFileSync(path).equals(garbage)).toBe(true);
  writeFileSync(path, good);
  await product.ready();
});
