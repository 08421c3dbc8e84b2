/**
 * The writer's thread itself. Owns nothing but the way in: what it does is in writer.ts, who speaks with it in thread.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { WriterData } from './protocol.ts';
import { serveWriter } from './writer.ts';

if (!parentPort) throw new Error('the SQLite writer runs in a worker thread only');
serveWriter(workerData as WriterData, parentPort);
