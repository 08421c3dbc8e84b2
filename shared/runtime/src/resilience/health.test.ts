/** What is known of one backend, and who hears of it (1 to 3). */
import type { Backend } from '@leasehold/engine';
import { invalid, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import type { CallOutcome } from './breaker.ts';
import type { GuardState } from './guard.port.ts';
import { createHealth } from './health.ts';

const away = (message = 'nobody answers') => unavailable(message, { code: 'BackendUnavailable', away: true });
const value: CallOutcome<unknown> = { kind: 'value', value: 1 };
const failed = (weight: 'strike' | 'answer' | 'given-up', error: unknown = away()): CallOutcome<unknown> => ({
  kind: 'error',
  error,
  weight,
});

function setUp() {
  const clock = manualClock();
  const up: unknown[] = [];
  const circuits: Record<string, number> = {};
  const said: string[] = [];
  const told: GuardState[] = [];
  let ups = 0;
  const health = createHealth({
    backend: { name: 'minio' } as Backend,
    clock,
    rng: seededRng(1),
    log: {
      ...silentLog,
      warn: (message, fields) => void said.push(`warn ${message} ${JSON.stringify(fields)}`),
      info: (message, fields) => void said.push(`info ${message} ${JSON.stringify(fields)}`),
    },
    metrics: {
      backendUp: { set: (labels: object, is: number) => void up.push([labels, is]) },
      backendCircuit: {
        set: (labels: { backend: string; state: string }, is: number) => {
          circuits[`${labels.backend} ${labels.state}`] = is;
        },
      },
    } as never,
  });
  const forget = health.onChange((state) => told.push(state));
  const forgetUp = health.onUp(() => {
    ups += 1;
  });
  return { clock, health, up, circuits, said, told, ups: () => ups, forget, forgetUp };
}

test('before anything was asked nothing is known, and the circuit is closed', () => {
  const { clock, health, circuits, up } = setUp();
  expect(health.state()).toEqual({ status: 'unknown', circuit: 'closed', since: clock.now() });
  expect([circuits, up]).toEqual([{ 'minio closed': 1, 'minio open': 0, 'minio half-open': 0 }, []]);
});

test.each([
  ['a success', value],
  ['an answer, even an error', failed('answer', invalid('no', { code: 'No' }))],
])('1: %s through a closed circuit is up, through another it says nothing', (_, outcome) => {
  for (const circuit of ['open', 'half-open'] as const) {
    const { health } = setUp();
    health.outcome(outcome, circuit);
    expect(health.state().status).toBe('unknown');
  }
  const { health, up, said, ups } = setUp();
  health.outcome(outcome, 'closed');
  expect([health.state().status, up, said, ups()]).toEqual([
    'up',
    [[{ backend: 'minio' }, 1]],
    ['info backend answers {"backend":"minio"}'],
    0,
  ]);
});

test('1: a strike is down only once the circuit is open; what was given up never is', () => {
  const { health, said, up } = setUp();
  health.outcome(failed('strike'), 'closed');
  health.outcome(failed('given-up'), 'open');
  expect(health.state().status).toBe('unknown');
  health.outcome(failed('strike'), 'open');
  expect(health.state()).toMatchObject({ status: 'down', reason: 'nobody answers' });
  expect([up, said]).toEqual([
    [[{ backend: 'minio' }, 0]],
    ['warn backend is away {"backend":"minio","reason":"nobody answers"}'],
  ]);
});

test('why it is down says what to do, where there is more to say, and what it refuses everybody with', () => {
  const { health } = setUp();
  const denied = unavailable('answered 403', { code: 'AccessDenied', away: true });
  health.down(denied, denied);
  expect(health.state()).toMatchObject({
    status: 'down',
    reason: 'answered 403; check its credentials in the settings, and what they are allowed',
    refusal: { class: 'Unavailable', code: 'AccessDenied' },
  });
  health.down(away('another reason'));
  expect(health.state().reason).toBe('another reason');
  expect(health.state()).not.toHaveProperty('refusal');
});

test('2: changes are told once each, with what is known then; `since` is that of the change', async () => {
  const { clock, health, told, ups, said } = setUp();
  const startMs = clock.now();
  await clock.advance(10);
  health.outcome(value, 'closed');
  await clock.advance(10);
  health.outcome(value, 'closed');
  health.down(away('one'));
  await clock.advance(10);
  health.down(away('two'));
  expect(health.state()).toMatchObject({ reason: 'two', since: startMs + 20 });
  await clock.advance(10);
  health.outcome(value, 'closed');
  expect(told.map(({ status, since, reason }) => [status, since - startMs, reason])).toEqual([
    ['up', 10, undefined],
    ['down', 20, 'one'],
    ['up', 40, undefined],
  ]);
  expect([ups(), said.length, health.state()]).toEqual([
    1,
    3,
    { status: 'up', circuit: 'closed', since: startMs + 40 },
  ]);
});

test('2: who no longer listens hears nothing, the others do', () => {
  const { health, told, ups, forget, forgetUp } = setUp();
  let others = 0;
  health.onChange(() => {
    others += 1;
    forget();
  });
  health.down(away());
  forgetUp();
  health.outcome(value, 'closed');
  expect([told.length, others, ups()]).toEqual([1, 2, 0]);
});

test('circuit and latency are kept through changes of status', () => {
  const { health, circuits } = setUp();
  health.probed(12);
  health.circuit('open');
  health.down(away());
  expect(health.state()).toMatchObject({ status: 'down', circuit: 'open', latencyMs: 12 });
  expect(circuits).toEqual({ 'minio closed': 0, 'minio open': 1, 'minio half-open': 0 });
  health.circuit('closed');
  health.outcome(value, 'closed');
  expect(health.state()).toMatchObject({ status: 'up', circuit: 'closed', latencyMs: 12 });
  expect(circuits['minio open']).toBe(0);
});

test('3: while it is down each kind of reason is told once, up to a bound, and anew after a return', () => {
  const { health, said } = setUp();
  const because = (code: string) => unavailable(`it is ${code}`, { code, away: true });
  for (let round = 0; round < 3; round++) for (const code of ['Slow', 'Refused']) health.down(because(code));
  const warnings = () => said.filter((line) => line.startsWith('warn')).map((line) => /it is (\w+)/.exec(line)?.[1]);
  expect(warnings()).toEqual(['Slow', 'Refused']);
  for (let one = 0; one < 20; one++) health.down(because(`R${one}`));
  expect(warnings()).toHaveLength(8);
  health.outcome(value, 'closed');
  health.down(because('Slow'));
  expect(warnings().slice(8)).toEqual(['Slow']);
});
