import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { isRunning, launchProcess, parseStat, residentBytes, signalProcess, waitForEnd } from './process.ts';

test('state, threads and start time are read past a program name with brackets and spaces', () => {
  const tail = `S ${Array.from({ length: 18 }, (_, index) => index).join(' ')} 98765 4096`;
  expect(parseStat(`17 (a) b (c)) ${tail}`)).toEqual({ state: 'S', threads: 16, birth: '98765' });
  expect(parseStat('')).toBeUndefined();
});

test('a process is known by its birth: another one with its pid is not running for us and gets no signal (1)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stack-process-'));
  const logFile = join(folder, 'log');
  const node = process.execPath;
  const mark = await launchProcess({
    program: node,
    args: ['-e', 'console.log(process.env.ONLY, process.env.SHELL_SECRET); setInterval(() => 0, 1e6)'],
    cwd: folder,
    env: { ONLY: 'this' },
    logFile,
  });
  const other = { ...mark, birth: `${mark.birth}0` };
  expect(isRunning(mark)).toBe(true);
  expect(isRunning(other)).toBe(false);
  expect(residentBytes(mark.pid)).toBeGreaterThan(0);
  signalProcess(other, 'SIGKILL');
  expect(isRunning(mark)).toBe(true);
  signalProcess(mark, 'SIGKILL');
  expect(await waitForEnd(mark, 10_000, systemClock)).toBe(true);
  expect(residentBytes(mark.pid)).toBeUndefined();
  expect(readFileSync(logFile, 'utf8')).not.toContain('SHELL_SECRET');
  rmSync(folder, { recursive: true });
});

test('a program that is not there is an error of ours, not an event that nobody hears', async () => {
  const launch = { program: '/nowhere/program', args: [], cwd: tmpdir(), env: {}, logFile: '/dev/null' };
  await expect(launchProcess(launch)).rejects.toMatchObject({ class: 'Unavailable', code: 'StackLaunch' });
});
