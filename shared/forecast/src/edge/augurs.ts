/**
 * Loads the decomposition of @bsull/augurs (MSTL with ETS, Rust compiled to WebAssembly) and hands it out as plain arithmetic.
 *
 * 1. Loaded on the first call only, and once: a process that does not forecast pays nothing.
 * 2. A failure to load is told as a fault; a forecaster without it falls back by itself.
 */
import { readFile } from 'node:fs/promises';
import { unavailable } from '@leasehold/kernel';
import type { Decompose } from '../models/decomposition.ts';

let loaded: Promise<Decompose> | undefined;

export function loadDecompose(): Promise<Decompose> {
  loaded ??= load().catch((cause: unknown) => {
    loaded = undefined;
    throw unavailable('the decomposition package could not be loaded', { code: 'DecompositionAbsent', cause });
  });
  return loaded;
}

async function load(): Promise<Decompose> {
  const { default: start, MSTL } = await import('@bsull/augurs/mstl');
  const bytes = await readFile(new URL('mstl_bg.wasm', import.meta.resolve('@bsull/augurs/mstl')));
  await start({ module_or_path: bytes });
  return (values, periods, ahead) => {
    using model = MSTL.ets([...periods]);
    model.fit(values);
    return Float64Array.from(model.predict(ahead).point);
  };
}
