/**
 * The specimen as a process of its own that may be told to die at a moment of its work. Used by tests alone.
 */
import { runMesh } from '@leasehold/runtime';
import { filing } from '../../specimen/service.ts';
import { dying, KILL, KILL_POINTS } from './kill-points.ts';

const { [KILL.point]: named, [KILL.tenantId]: tenantId = '' } = process.env;
const point = KILL_POINTS.find((each) => each === named);
const services = [point === undefined ? filing : dying(filing, point, tenantId)];
await runMesh({ name: 'specimen', version: '0.0.0', services, alone: false, welcome: () => 'ready\n' });
