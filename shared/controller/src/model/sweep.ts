/**
 * What a sweep found of one owner: that something is missing or differs. What becomes of it is decided by the service. Pure.
 *
 * 1. What was seen after the sweep's own look is known better than the sweep knows it.
 * 2. What is told as lost or failed already waits for an operator; a sweep does not tell it again.
 */
import type { Change, NodeRecord } from '@leasehold/engine';

export interface SweepFound {
  /** Nodes that are missing or differ. */
  readonly ids: readonly string[];
  /** What differs, where it is one node. */
  readonly changes?: readonly Change[];
  /** When the look began. */
  readonly lookedAtMs: number;
}

/** 1, 2. */
export const isSweepable = (record: NodeRecord, lookedAtMs: number): boolean =>
  !record.lost && record.status !== 'failed' && (record.observedAtMs ?? 0) < lookedAtMs;
