/** How a wait is shown: a line for each change, or a picture that is drawn again until it is closed. */
import { expect, test } from 'vitest';
import { resource, running, status } from '../test/builders.ts';
import { shown } from '../test/harness.ts';
import { createOutput } from './output.ts';
import { createPresenter } from './presenter.ts';
import { statusSeen } from './wire.ts';

const bucket = resource('minio-bucket', 'tenant-acme');
const coming = statusSeen(running({ ...bucket, status: 'creating', duration_ms: null }));
const done = statusSeen(status({ resources: [bucket] }));

/** A clock whose one sleep ends by hand. */
function open(isTty: boolean) {
  let text = '';
  let nowMs = 0;
  let wake: (() => void) | undefined;
  const sleeps: { ms: number; signal: AbortSignal | undefined }[] = [];
  const write = (more: string): void => {
    text += more;
  };
  const screen = { isTty, columns: () => 100, rows: () => 30, write };
  const clock = {
    now: () => nowMs,
    sleep: (ms: number, signal?: AbortSignal) => {
      sleeps.push({ ms, signal });
      return new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
  };
  const around = { out: screen, err: screen, env: {}, clock };
  const presenter = createPresenter(createOutput({ format: 'text', colour: false, quiet: false }, around), around);
  const tick = async (ms: number): Promise<void> => {
    nowMs += ms;
    wake?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { presenter, sleeps, tick, text: () => text, lines: () => shown(text).lines };
}

test('without a terminal each change is a line, and so is a lost connection', () => {
  const { presenter, text, sleeps } = open(false);
  presenter.show(coming);
  presenter.show(coming);
  presenter.connection('lost');
  presenter.connection('back');
  presenter.show(done);
  presenter.close();
  expect(text()).toBe(
    [
      'acme: provisioning',
      '  minio-bucket tenant-acme: creating',
      '  the connection is lost, trying again',
      '  the connection is back',
      '  minio-bucket tenant-acme: ready (in 43 ms)',
      'acme: completed (74 ms)',
      '',
    ].join('\n'),
  );
  expect(sleeps).toEqual([]);
});

test('on a terminal the picture turns every 100 ms, and tells how long it takes', async () => {
  const { presenter, lines, tick, sleeps } = open(true);
  presenter.show(coming);
  expect(lines()[0]).toBe('⠋ acme provisioning Acme Corporation · free · generation 1 · 0 ms');
  await tick(1_500);
  await tick(500);
  expect(lines()[0]).toBe('⠙ acme provisioning Acme Corporation · free · generation 1 · 2.0 s');
  expect(sleeps.map(({ ms }) => ms)).toEqual([100, 100, 100]);
});

test('on a terminal a lost connection is a line below the picture, until it is back', () => {
  const { presenter, lines } = open(true);
  presenter.show(coming);
  presenter.connection('lost');
  expect(lines()).toContain('the connection is lost, trying again');
  presenter.connection('back');
  expect(lines()).not.toContain('the connection is lost, trying again');
});

test('closed, the last picture stays, without the time that passed, and nothing turns any more', async () => {
  const { presenter, lines, sleeps, tick } = open(true);
  presenter.show(coming);
  presenter.show(done);
  presenter.close();
  const last = [
    '✔ acme completed Acme Corporation · free · generation 1 · 74 ms',
    '└─ ✔ minio-bucket  tenant-acme  ready  43 ms',
    '',
  ];
  expect([lines(), sleeps[0]?.signal?.aborted]).toEqual([last, true]);
  await tick(100);
  expect(lines()).toEqual(last);
});

test('closed before anything was seen, nothing is drawn', () => {
  const { presenter, lines } = open(true);
  presenter.close();
  expect(lines()).toEqual(['']);
});
