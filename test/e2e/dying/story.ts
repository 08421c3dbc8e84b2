/**
 * The specimen killed at each moment of an opening and of a closing, started again each time, and what must have become of it in the end.
 * Owns the story and what is judged; a ground says how events come and how the bus and MinIO are looked at: embedded ones, or servers.
 *
 * 1. Each moment has a tenant of its own, and each process but the last of a chapter dies at one. So a drawer is brought to its end by a
 *    process that is to die at another's, or by the one after it.
 * 2. What is judged is read after the last process has ended in order: nobody can still be about to say anything.
 * 3. What was told before a process died may be told again by the next one, under the same id: whoever hears it knows it by that.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../support/poll.ts';
import type { Product } from '../../support/product.ts';
import { KILL, KILL_POINTS, type KillPoint } from './kill-points.ts';

export interface Told {
  readonly tenantId: string;
  readonly eventId: string;
  readonly outcome: string;
}

export interface Ground {
  readonly product: Product;
  tenant(name: string): string;
  /** Resolves when the event is on the bus, whatever becomes of the process. */
  say(topic: string, body: object): Promise<void>;
  /** Everything that was said of drawers, in its order. */
  told(): Promise<readonly Told[]>;
  /** Of the drawers. */
  buckets(): Promise<readonly string[]>;
  clear(): Promise<void>;
}

const WAIT_MS = 90_000;
const READY_MS = 120_000;

const nameOf = (point: KillPoint): string => point.replaceAll(' ', '-');
const FILING = '/api/v1/filing';

export interface Moments {
  /** Those that this ground does not have. */
  readonly without?: readonly KillPoint[];
  /** Those of a closing; else the same as of an opening. */
  readonly ofClosing?: readonly KillPoint[];
}

export function itOutlivesKills(open: () => Promise<Ground>, { without = [], ofClosing }: Moments = {}): void {
  const points = KILL_POINTS.filter((point) => !without.includes(point));
  let ground: Ground;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(() => ground?.clear());

  const tenantOf = (point: KillPoint): string => ground.tenant(nameOf(point));
  const bystander = (): string => ground.tenant('bystander');
  const tenants = (): readonly string[] => points.map(tenantOf);
  const bucketsOf = (ids: readonly string[]): readonly string[] => ids.map((id) => `drawer-${id}-letters`).sort();
  const opened = (id: string) =>
    ground.say('drawer-opened-events', { tenant_id: id, drawer: 'letters', size_gb: 1, event_id: `opened-${id}` });
  const closed = (id: string) =>
    ground.say('drawer-closed-events', { tenant_id: id, drawer: 'letters', event_id: `closed-${id}` });

  async function killedAt(point: KillPoint, say: (id: string) => Promise<void>): Promise<void> {
    const { product } = ground;
    product.launch({ [KILL.point]: point, [KILL.tenantId]: tenantOf(point) });
    await say(tenantOf(point));
    expect(await product.ended(WAIT_MS), product.tail()).toEqual({ code: null, signal: 'SIGKILL' });
  }

  /** A process that nobody kills brings all to their rest, and ends in order. */
  async function rests(ids: readonly string[], status: string, begin?: () => Promise<void>): Promise<void> {
    const { product } = ground;
    product.launch();
    await product.ready(READY_MS);
    await begin?.();
    for (const id of ids) {
      const stands = async () => {
        const { body } = await product.api.get(`${FILING}/drawers/${id}.letters`);
        return body.status === status;
      };
      await until(`${id} to be ${status}`, stands, { boundMs: WAIT_MS, tell: product.tail });
    }
    expect((await product.stop()).code).toBe(0);
  }

  test.each(points)('killed %s to open a drawer', (point) => killedAt(point, opened));

  test('every drawer comes to stand, with its bucket and no other', async () => {
    const all = [...tenants(), bystander()];
    await rests(all, 'completed', () => opened(bystander()));
    expect([...(await ground.buckets())].sort()).toEqual(bucketsOf(all));
  });

  test.each(ofClosing ?? points)('killed %s to close a drawer', (point) => killedAt(point, closed));

  test('every drawer that was closed is gone with its bucket, and the one that was not stands', async () => {
    const others = points.filter((point) => ofClosing?.includes(point) === false);
    await rests(tenants(), 'deleted', async () => {
      for (const point of others) await closed(tenantOf(point));
    });
    expect(await ground.buckets()).toEqual(bucketsOf([bystander()]));
  });

  test('each opening and each closing is told under one id, in their order, and what was killed right after that is told again', async () => {
    expect(await ground.told()).not.toEqual([]);
    judgeTold(await ground.told(), bystander(), points, tenantOf);
  });
}

function judgeTold(
  told: readonly Told[],
  bystander: string,
  points: readonly KillPoint[],
  tenantOf: (point: KillPoint) => string,
): void {
  expect(new Set(told.map(({ outcome }) => outcome))).toEqual(new Set(['completed']));
  expect(new Set(told.map(({ tenantId }) => tenantId))).toEqual(new Set([...points.map(tenantOf), bystander]));
  const serialsOf = (id: string): readonly number[] =>
    told.filter(({ tenantId }) => tenantId === id).map(({ eventId }) => Number(eventId.split('_').at(-1)));
  // Nobody was killed while the bystander's was told.
  expect(serialsOf(bystander)).toEqual([1]);
  for (const point of points) {
    const serials = serialsOf(tenantOf(point));
    expect([point, ...new Set(serials)]).toEqual([point, 1, 2]);
    expect([point, ...serials.toSorted()]).toEqual([point, ...serials]);
  }
  const again = serialsOf(tenantOf('after its publication'));
  expect(again.filter((serial) => serial === 1).length).toBeGreaterThan(1);
}
