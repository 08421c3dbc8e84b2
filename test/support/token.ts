/** The admin token that a first start leaves in its folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const adminToken = (dataDir: string): string => readFileSync(join(dataDir, 'admin.token'), 'utf8').trim();
