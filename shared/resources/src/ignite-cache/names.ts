/**
 * The names that the contract gives to tenants' caches.
 */
import type { Ref } from '@leasehold/engine';
import { invalid } from '@leasehold/kernel';

export const CACHE_NAME =
  /^(sessions|marketplace|ml_models|feature_store|analytics|graph_cache)_[a-z0-9][a-z0-9-]{0,199}$/;

/** @throws Invalid `InvalidName`. */
export function checkCacheName(name: string): void {
  if (!CACHE_NAME.test(name)) {
    throw invalid(`cache name ${JSON.stringify(name)} is none of the contract's`, { code: 'InvalidName' });
  }
}

export function named(ref: Ref): Ref {
  checkCacheName(ref.name);
  return ref;
}
