export { loadDecompose } from './augurs.ts';
