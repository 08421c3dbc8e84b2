export { loadDecompose } from './augurs.ts';
export type { ForecastAnswer, ForecastJob } from './job.ts';
export { createForecastPool, type ForecastPool } from './pool.ts';
