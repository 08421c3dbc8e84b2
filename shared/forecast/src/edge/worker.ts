/**
 * The thread that runs forecast jobs for `pool.ts`: one job at a time, one answer each.
 *
 * 1. A job that cannot be done is answered with its fault; the thread lives on.
 */
import { parentPort } from 'node:worker_threads';
import { asFault, type FaultClass } from '@leasehold/kernel';
import { loadDecompose } from './augurs.ts';
import { type ForecastAnswer, type ForecastJob, runJob } from './job.ts';

export type WorkerAnswer =
  | { readonly kind: 'answer'; readonly answer: ForecastAnswer }
  | { readonly kind: 'fault'; readonly faultClass: FaultClass; readonly code: string; readonly message: string };

parentPort?.on('message', async (job: ForecastJob) => {
  const decompose = await loadDecompose().catch(() => undefined);
  let answer: WorkerAnswer;
  try {
    answer = { kind: 'answer', answer: runJob(job, decompose) };
  } catch (error) {
    const fault = asFault(error);
    answer = { kind: 'fault', faultClass: fault.class, code: fault.code, message: fault.message };
  }
  parentPort?.postMessage(answer);
});
