/**
 * One worker thread and the job that it is at.
 *
 * 1. A job ends once: with its answer, its fault, its time over, the thread's death, or the lane's close.
 * 2. A thread that was lost is not used again; its lane says so once.
 * 3. A lane without a job does not keep the process alive; the clock of a job does.
 */
import { Worker } from 'node:worker_threads';
import { bound, Fault, unavailable } from '@leasehold/kernel';
import type { ForecastAnswer, ForecastJob } from './job.ts';
import type { WorkerAnswer } from './worker.ts';

const THREAD_MEMORY = bound('memory of a forecast thread, MiB', 256);

export interface Task {
  readonly job: ForecastJob;
  readonly done: PromiseWithResolvers<ForecastAnswer>;
}

export interface Lane {
  busy(): boolean;
  run(task: Task): void;
  close(fault: Fault): Promise<void>;
}

export interface LaneEvents {
  idle(lane: Lane): void;
  lost(lane: Lane): void;
}

const threadLost = (message: string, cause?: unknown): Fault =>
  unavailable(message, cause === undefined ? { code: 'ForecastThreadLost' } : { code: 'ForecastThreadLost', cause });

export function openLane(jobMs: number, events: LaneEvents): Lane {
  let current: Task | undefined;
  let timer: NodeJS.Timeout | undefined;
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY.value },
  });
  worker.unref();
  const finish = (): Task | undefined => {
    clearTimeout(timer);
    const task = current;
    current = undefined;
    return task;
  };
  const close = async (fault: Fault): Promise<void> => {
    worker.removeAllListeners();
    finish()?.done.reject(fault);
    await worker.terminate();
  };
  const lose = (fault: Fault): void => {
    void close(fault);
    events.lost(lane);
  };
  const run = (task: Task): void => {
    current = task;
    timer = setTimeout(() => lose(threadLost(`a forecast took longer than ${jobMs} ms and was stopped`)), jobMs);
    worker.postMessage(task.job);
  };
  worker.on('message', (answer: WorkerAnswer) => {
    const done = finish()?.done;
    if (answer.kind === 'answer') done?.resolve(answer.answer);
    else done?.reject(new Fault(answer.faultClass, answer.message, { code: answer.code }));
    events.idle(lane);
  });
  worker.on('error', (cause) => lose(threadLost('a forecast thread died', cause)));
  worker.on('exit', () => lose(threadLost('a forecast thread ended')));
  const lane: Lane = { busy: () => current !== undefined, run, close };
  return lane;
}
