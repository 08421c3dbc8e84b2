import type { Backend } from '@leasehold/engine';
import { bound, invalid, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import type { CallBounds, GuardBounds } from './guard.port.ts';
import { createGuard } from './guard.ts';
import { startProber } from './prober.ts';

const CALL: CallBounds = { timeoutMs: bound('call ms', 1_000), parallelism: bound('calls', 2) };
const away = () => unavailable('nobody answers', { code: 'BackendUnavailable', away: true });
const failing = () => Promise.reject(away());
const never = () => new Promise<never>(() => undefined);

function setUp(bounds: Partial<GuardBounds> = {}) {
  const clock = manualClock();
  let isAway = false;
  let muted: PromiseWithResolvers<void> | undefined;
  let probes = 0;
  const backend: Backend = {
    name: 'minio',
    embedded: false,
    probe: async () => {
      probes += 1;
      if (isAway) throw away();
      await muted?.promise;
    },
    close: async () => undefined,
  };
  const options = { clock, rng: seededRng(1), log: silentLog };
  const guard = createGuard({ backend, ...options, bounds: { failuresToOpen: bound('failures', 3), ...bounds } });
  const fail = async (times: number) => {
    for (let i = 0; i < times; i++) await guard.run('get', CALL, failing).catch(() => undefined);
  };
  return {
    clock,
    guard,
    options,
    fail,
    probes: () => probes,
    setAway: (value: boolean) => {
      isAway = value;
    },
    setMute: (value: boolean) => {
      muted?.resolve();
      muted = value ? Promise.withResolvers<void>() : undefined;
    },
  };
}

test('G1: a call ends at its time although it ignores the signal, with an unknown outcome', async () => {
  const { clock, guard } = setUp();
  let heard: AbortSignal | undefined;
  const call = guard.run('put', CALL, (signal) => {
    heard = signal;
    return never();
  });
  const ended = expect(call).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'BackendTimeout',
    away: true,
    unknownOutcome: true,
    backend: 'minio',
  });
  await clock.advance(1_000);
  await ended;
  expect(heard?.aborted).toBe(true);
});

test('no timer is left behind by a call that ended', async () => {
  const { clock, guard } = setUp();
  expect(await guard.run('get', CALL, async () => 7)).toBe(7);
  await expect(guard.run('get', CALL, failing)).rejects.toThrow('nobody answers');
  expect(clock.sleepers()).toBe(0);
});

test('G2: failures in a row open the circuit, and an open circuit does not call', async () => {
  const { guard, fail } = setUp();
  await fail(3);
  expect(guard.state()).toMatchObject({ status: 'down', circuit: 'open', reason: 'nobody answers' });
  let called = false;
  const refused = guard.run('get', CALL, async () => {
    called = true;
  });
  await expect(refused).rejects.toMatchObject({ code: 'CircuitOpen', away: true, unknownOutcome: false });
  await expect(refused).rejects.toSatisfy((fault: { retryAfterMs: number }) => fault.retryAfterMs > 0);
  expect(called).toBe(false);
});

test('G2: after its time one call may try, the others are still refused, and success closes the circuit', async () => {
  const { clock, guard, fail } = setUp();
  await fail(3);
  await clock.advance(13_000);
  const answer = Promise.withResolvers<number>();
  const trial = guard.run('get', CALL, () => answer.promise);
  await clock.settle();
  expect(guard.state().circuit).toBe('half-open');
  await expect(guard.run('get', CALL, async () => 1)).rejects.toMatchObject({ code: 'CircuitOpen' });
  answer.resolve(5);
  expect(await trial).toBe(5);
  expect(guard.state()).toMatchObject({ status: 'up', circuit: 'closed' });
});

test('G2: a trial that fails or is given up by its caller leaves the circuit open', async () => {
  const { clock, guard, fail } = setUp();
  await fail(3);
  await clock.advance(13_000);
  await expect(guard.run('get', CALL, failing)).rejects.toThrow();
  expect(guard.state().circuit).toBe('open');
  await clock.advance(13_000);
  const caller = new AbortController();
  const trial = guard.run('get', CALL, never, caller.signal);
  await clock.settle();
  caller.abort(new Error('changed my mind'));
  await expect(trial).rejects.toThrow('changed my mind');
  // Why its caller gave up is no reason of the backend's.
  expect(guard.state()).toMatchObject({ status: 'down', circuit: 'open', reason: 'nobody answers' });
});

test('G3: an error answer is a sign of life and resets the count', async () => {
  const { guard, fail } = setUp();
  await fail(2);
  const refusal = () => Promise.reject(invalid('no such bucket', { code: 'NoSuchBucket' }));
  await expect(guard.run('get', CALL, refusal)).rejects.toMatchObject({ code: 'NoSuchBucket' });
  await fail(2);
  expect(guard.state()).toMatchObject({ status: 'up', circuit: 'closed' });
  await fail(1);
  expect(guard.state().circuit).toBe('open');
});

test('G3: calls that their caller gives up say nothing about the backend', async () => {
  const { clock, guard } = setUp();
  for (let i = 0; i < 5; i++) {
    const caller = new AbortController();
    const call = guard.run('get', CALL, never, caller.signal);
    await clock.settle();
    caller.abort(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
  }
  expect(guard.state()).toMatchObject({ status: 'unknown', circuit: 'closed' });
});

test('G4: a group runs as many calls as its bound, in order, and others have their own places', async () => {
  const { clock, guard } = setUp();
  const started: string[] = [];
  const gates = new Map<string, () => void>();
  const call = (name: string, group?: string) =>
    guard.run(name, { ...CALL, ...(group && { group }) }, () => {
      started.push(name);
      return new Promise<void>((resolve) => gates.set(name, resolve));
    });
  const all = ['a', 'b', 'c', 'd'].map((name) => call(name));
  const other = call('x', 'another');
  await clock.settle();
  expect(started).toEqual(['a', 'b', 'x']);
  gates.get('b')?.();
  await clock.settle();
  expect(started).toEqual(['a', 'b', 'x', 'c']);
  for (const name of ['a', 'c', 'x']) gates.get(name)?.();
  await clock.settle();
  gates.get('d')?.();
  await Promise.all([...all, other]);
});

test('G4: a full queue refuses, an aborted waiter leaves it, and no place is lost', async () => {
  const { clock, guard } = setUp({ queue: bound('queue', 1) });
  const gate = Promise.withResolvers<void>();
  const busy = [1, 2].map(() => guard.run('get', CALL, () => gate.promise));
  const caller = new AbortController();
  const waiting = guard.run('get', CALL, async () => 1, caller.signal);
  await expect(guard.run('get', CALL, async () => 1)).rejects.toMatchObject({ code: 'BackendBusy', away: false });
  caller.abort(new Error('no longer'));
  await expect(waiting).rejects.toThrow('no longer');
  gate.resolve();
  await Promise.all(busy);
  await clock.settle();
  expect(await Promise.all([1, 2, 3].map((n) => guard.run('get', CALL, async () => n)))).toEqual([1, 2, 3]);
});

test('a failed probe is down at once, and a good one closes the circuit before its time and tells who listens', async () => {
  const { guard, fail, setAway } = setUp();
  let ups = 0;
  guard.onUp(() => ups++);
  expect(await guard.probe()).toMatchObject({ status: 'up', latencyMs: 0 });
  expect(ups).toBe(0);
  setAway(true);
  expect(await guard.probe()).toMatchObject({ status: 'down', circuit: 'closed' });
  await fail(3);
  setAway(false);
  expect(await guard.probe()).toMatchObject({ status: 'up', circuit: 'closed' });
  expect(guard.state().reason).toBeUndefined();
  expect(ups).toBe(1);
});

test('the prober is quick while a backend is down, rare while it is up, and turns quick at once', async () => {
  const { clock, guard, options, fail, setAway, probes } = setUp();
  const everyMs = bound('up', 100_000);
  const downEveryMs = bound('down', 1_000);
  const prober = startProber([guard], { ...options, everyMs, downEveryMs });
  await clock.advance(50_000);
  expect(probes()).toBe(1);
  setAway(true);
  await fail(3);
  await clock.advance(10_000);
  const whileDown = probes();
  expect(whileDown).toBeGreaterThan(7);
  setAway(false);
  await clock.advance(2_000);
  expect(guard.state()).toMatchObject({ status: 'up', circuit: 'closed' });
  const sinceUp = probes();
  await clock.advance(50_000);
  expect(probes()).toBe(sinceUp);
  await prober.close();
  expect(clock.sleepers()).toBe(0);
});

test('the machine’s clock decides nothing: the circuit obeys the clock that is handed in, even if Date.now runs backwards', async () => {
  const { clock, guard, fail } = setUp();
  const real = Date.now;
  try {
    await fail(3);
    Date.now = () => real() - 1e9;
    await clock.advance(13_000);
    expect(await guard.run('get', CALL, async () => 1)).toBe(1);
  } finally {
    Date.now = real;
  }
});

test('G2: whoever waited for a place while the circuit opened is refused and not called, and no place is lost', async () => {
  const { clock, guard, fail } = setUp({ failuresToOpen: bound('failures', 2) });
  const fault = Promise.withResolvers<never>();
  const under = [1, 2].map(() => guard.run('get', CALL, () => fault.promise).catch(() => 'failed'));
  let called = 0;
  const waiting = [1, 2, 3].map(() => guard.run('get', CALL, async () => ++called));
  const refused = Promise.all(
    waiting.map((call) => expect(call).rejects.toMatchObject({ code: 'CircuitOpen', away: true, backend: 'minio' })),
  );
  await clock.settle();
  fault.reject(away());
  expect(await Promise.all(under)).toEqual(['failed', 'failed']);
  await refused;
  expect([called, guard.state().circuit]).toEqual([0, 'open']);
  await clock.advance(13_000);
  expect(await guard.run('get', CALL, async () => 'tried')).toBe('tried');
  expect(await Promise.all([1, 2, 3].map((n) => guard.run('get', CALL, async () => n)))).toEqual([1, 2, 3]);
  await fail(1);
  expect(guard.state().circuit).toBe('closed');
});

test('a probe that is given up says nothing: what is known of the backend stays as it was', async () => {
  const { clock, guard, fail, setMute } = setUp();
  await guard.probe();
  await fail(3);
  const before = guard.state();
  setMute(true);
  const stop = new AbortController();
  const probing = guard.probe(stop.signal);
  await clock.settle();
  stop.abort(new Error('the prober is closing'));
  expect(await probing).toMatchObject({
    status: 'down',
    circuit: 'open',
    reason: 'nobody answers',
    since: before.since,
  });
  setMute(false);
  await clock.advance(20_000);
  expect(await guard.run('get', CALL, async () => 'done')).toBe('done');
  expect(guard.state()).toMatchObject({ status: 'up', circuit: 'closed' });
});

test('two who probe at once share one probe, and one after it is another', async () => {
  const { guard, probes } = setUp();
  const [one, two] = await Promise.all([guard.probe(), guard.probe()]);
  expect([probes(), one]).toEqual([1, two]);
  await guard.probe();
  expect(probes()).toBe(2);
});

test('a probe that hangs is down after its time, and beside a trial none is made', async () => {
  const { clock, guard, fail, setMute, probes } = setUp();
  setMute(true);
  const probing = guard.probe();
  await clock.advance(4_999);
  expect(guard.state().status).toBe('unknown');
  await clock.advance(1);
  expect(await probing).toMatchObject({ status: 'down', reason: expect.stringContaining('5000') });
  await fail(3);
  await clock.advance(13_000);
  const answer = Promise.withResolvers<string>();
  const trial = guard.run('get', CALL, () => answer.promise);
  await clock.settle();
  const before = probes();
  expect(await guard.probe()).toMatchObject({ circuit: 'half-open' });
  expect(probes()).toBe(before);
  answer.resolve('yes');
  await trial;
});

test('how long a good probe took is told, and stays told while it is down', async () => {
  const { clock, guard, setMute } = setUp();
  setMute(true);
  const probing = guard.probe();
  await clock.advance(120);
  setMute(false);
  expect(await probing).toMatchObject({ status: 'up', latencyMs: 120 });
  setMute(true);
  const failing = guard.probe();
  await clock.advance(5_000);
  expect(await failing).toMatchObject({ status: 'down', latencyMs: 120 });
});

test('who listens hears of each change once with what is known then, and no more once it said so', async () => {
  const { clock, guard, setAway } = setUp();
  const told: string[] = [];
  const forget = guard.onChange(({ status, since }) => told.push(`${status} since ${since - clock.now()}`));
  let ups = 0;
  const forgetUp = guard.onUp(() => ups++);
  await guard.probe();
  await guard.probe();
  setAway(true);
  await clock.advance(50);
  await guard.probe();
  await clock.advance(50);
  await guard.probe();
  expect([told, guard.state().since, ups]).toEqual([['up since 0', 'down since 0'], clock.now() - 50, 0]);
  setAway(false);
  await guard.probe();
  expect(ups).toBe(1);
  forget();
  forgetUp();
  for (const away of [true, false]) {
    setAway(away);
    await guard.probe();
  }
  expect([told.length, ups]).toEqual([3, 1]);
});

test('a call that its caller had given up before is not made', async () => {
  const { guard } = setUp();
  let called = 0;
  const gone = AbortSignal.abort(new Error('closed'));
  await expect(guard.run('get', CALL, async () => ++called, gone)).rejects.toThrow('closed');
  expect(called).toBe(0);
});

test.each(['IndexBlocked', 'DiskFull', 'ShardsRecovering', 'ShardsUnassigned', 'NamespaceTerminating'])(
  'G3: one tenant that waits for its own object (%s) opens no circuit for the others, and is told as it was',
  async (code) => {
    const { guard, fail } = setUp();
    const own = () => Promise.reject(unavailable('not this one', { code, backend: 'minio', away: true }));
    for (let times = 0; times < 20; times++)
      await expect(guard.run('put', { ...CALL, subject: 'acme' }, own)).rejects.toMatchObject({ code, away: true });
    expect(guard.state()).toMatchObject({ status: 'up', circuit: 'closed' });
    expect(await guard.run('put', { ...CALL, subject: 'globex' }, async () => 7)).toBe(7);
    // It is a sign of life: what failed before it is no row of failures with what fails after it.
    await fail(2);
    await guard.run('put', CALL, own).catch(() => undefined);
    await fail(2);
    expect(guard.state().circuit).toBe('closed');
    await fail(1);
    expect(guard.state().circuit).toBe('open');
  },
);
