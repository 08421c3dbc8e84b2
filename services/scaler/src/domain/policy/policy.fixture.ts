/**
 * Policies for tests, read as a caller would have them read.
 *
 * 1. Nothing of the product imports this file.
 */
import { MOST_REPLICAS, type Policy, parsePolicy } from './policy.ts';

/** The contract's defaults with what is given; without a ceiling unless one is. */
export function policyOf(input: object = {}): Policy {
  const outcome = parsePolicy(input, MOST_REPLICAS.value);
  if (outcome.kind === 'invalid') throw new Error(JSON.stringify(outcome.problems));
  return outcome.policy;
}
