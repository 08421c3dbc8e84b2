export { CALLERS, type Caller, type Cell, type Expected, matrix, renderMatrix, type Target } from './cells.ts';
export { checkMatrix, type MatrixCheck, type MatrixReport } from './check.ts';
export { FOREIGN, MISSING, OWN } from './probe.ts';
