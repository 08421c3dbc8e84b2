/**
 * One place of one file changed: mistakes of timing and of fences that no port shows. Each was made because no invariant saw it.
 */
import type { Bug } from '../bugs.ts';

const ENGINE = 'shared/engine/src';
const LOOPS = 'shared/runtime/src/loops';
const GUARDS = 'shared/runtime/src/resilience';
const RECONCILE = 'shared/controller/src/reconcile';
const ROWS = 'shared/controller/src/rows';
const DOMAIN = 'services/tenant-provisioner/src/domain';

export const IN_THE_SOURCES = {
  'refused-yet-made': {
    what: 'what a ceiling refused stays pending, and is made all the same',
    finds: ['ceiling'],
    straits: 'ceilings',
    spoil: {
      file: `${ENGINE}/run.ts`,
      find: 'state.pending.delete(plan.id);\n    return apply(state, stuckPatch(',
      put: 'return apply(state, stuckPatch(',
    },
  },
  'settle-not-renewed': {
    what: 'when another takes over, the wait for a lost answer is not counted anew',
    finds: ['settled'],
    profile: 'takeover',
    spoil: {
      file: `${ENGINE}/patch.ts`,
      find: 'Math.max(record.settleAtMs ?? 0, nowMs + lateEffectMs)',
      put: 'record.settleAtMs ?? nowMs + lateEffectMs',
    },
  },
  'last-check-dropped': {
    what: 'a call that waited begins without another look at the claim and the goal',
    finds: ['claim', 'goal'],
    spoil: { file: `${ENGINE}/run.ts`, find: 'if (!input.mayBegin())\n        throw', put: 'if (false) throw' },
  },
  'order-forgotten': {
    what: 'nothing waits for what it depends on, or for what depends on it',
    finds: ['order'],
    spoil: {
      file: `${ENGINE}/run.ts`,
      find: 'if (!(state.edges.get(id) ?? []).every((other) => isDone(state.live.get(other), state.input.goal))) continue;',
      put: '',
    },
  },
  overtaken: {
    what: 'what waits to be published goes out from its end',
    finds: ['overtaken'],
    profile: 'outage',
    spoil: { file: `${LOOPS}/relay.ts`, find: 'snapshot).sort();', put: 'snapshot).sort().reverse();' },
  },
  'page-asked-again': {
    what: 'of what is due the first page is asked for again instead of the next',
    finds: ['scan'],
    spoil: { file: `${LOOPS}/tick.ts`, find: '...(cursor !== undefined && { cursor })', put: '' },
  },
  'claim-not-asked': {
    what: 'what a run has found is recorded though another has taken the tenant over',
    finds: ['fence', 'I6', 'I8'],
    profile: 'lapses',
    pair: true,
    spoil: {
      file: `${ROWS}/owners.ts`,
      find: 'if (state.claim?.holder !== holder || state.claim.fence !== fence)',
      put: 'if (false)',
    },
  },
  'claim-too-long': {
    what: 'a claim is renewed for longer than others take it for lapsed',
    finds: ['fence'],
    spoil: {
      file: `${RECONCILE}/run-owner.ts`,
      find: 'claim: { holder, fence: run_.fence, untilMs: nowMs + ttlMs }',
      put: 'claim: { holder, fence: run_.fence, untilMs: nowMs + 3 * ttlMs }',
    },
  },
  'lost-lane-unheard': {
    what: 'a job of a lane is not told that the lease is lost',
    finds: ['lane'],
    profile: 'lapses',
    spoil: {
      file: `${LOOPS}/lane.ts`,
      find: 'const either = joinSignals(lost, signal);',
      put: 'const either = joinSignals(signal ?? new AbortController().signal, undefined);',
    },
  },
  'lease-trusted-too-long': {
    what: 'the holder of a lease trusts it beyond its end',
    finds: ['lane'],
    profile: 'lapses',
    spoil: { file: `${LOOPS}/lease-hold.ts`, find: 'const TRUSTED = 0.9;', put: 'const TRUSTED = 1.5;' },
  },
  'claim-without-margin': {
    what: 'work begins until the very end of a claim',
    finds: ['claim'],
    profile: 'lapses',
    spoil: {
      file: `${RECONCILE}/run-owner.ts`,
      find: ' - (deps.claimBounds ?? CLAIM_BOUNDS).marginMs.value;',
      put: ';',
    },
  },
  'goal-change-unheard': {
    what: 'a run does not hear that the goal has changed',
    finds: ['goal'],
    spoil: {
      file: `${RECONCILE}/run-owner.ts`,
      find: 'if (definition.goalKey(readRows(definition, run_.ownerId, now).state) !== run_.goal) run_',
      put: 'if (false) run_',
    },
  },
  'sent-to-open-circuit': {
    what: 'a call that waited for its place is sent though the circuit has opened meanwhile',
    finds: ['circuit'],
    profile: 'outage',
    straits: 'narrow',
    spoil: { file: `${GUARDS}/guard.ts`, find: 'try {\n        refuseWhileOpen(label);', put: 'try {' },
  },
  'plea-unheard': {
    what: 'a backend that asks to be left alone for a while is asked again as if it had not',
    finds: ['retry'],
    profile: 'flux',
    spoil: { file: `${ENGINE}/retry.ts`, find: 'Math.max(wait, fault.retryAfterMs ?? 0)', put: 'wait' },
  },
  'plea-without-end': {
    what: 'a backend that asks to be left alone for a day parks a tenant for a day',
    finds: ['retry'],
    profile: 'flux',
    spoil: {
      file: `${ENGINE}/retry.ts`,
      find: 'Math.min(Math.max(wait, fault.retryAfterMs ?? 0), bounds.capMs.value)',
      put: 'Math.max(wait, fault.retryAfterMs ?? 0)',
    },
  },
  'quota-tried-again': {
    what: 'what a backend refuses for its quota is tried again',
    finds: ['retry'],
    straits: 'quotas',
    spoil: { file: `${ENGINE}/retry.ts`, find: "'NameTaken', 'CeilingReached', 'NotAdoptable'", put: "'NameTaken'" },
  },
  'finding-dropped': {
    what: 'what a sweep finds is told and not looked at',
    finds: ['I2'],
    straits: 'swept',
    spoil: {
      file: `${DOMAIN}/sweep.ts`,
      find: "change(draft, { recheck: { acceptLoss: false } });\n  beginOperation(draft, context, 'reconcile', SWEEP);\n  explain(draft, 'SweepFound'",
      put: "explain(draft, 'SweepFound'",
    },
  },
  'left-claim-kept': {
    what: 'a claim whose end could not be recorded stays, and a sweep passes the tenant over',
    finds: ['I2'],
    profile: 'everything',
    straits: 'swept',
    spoil: {
      file: `${RECONCILE}/run-owner.ts`,
      find: 'return giveUpLeft(deps, ownerId, state, nowMs, signal);',
      put: 'return undefined;',
    },
  },
  'refused-counts-for-nothing': {
    what: 'what a ceiling refused before does not count for what is made after',
    finds: ['ceiling'],
    straits: 'ceilings',
    spoil: { file: `${ENGINE}/ceiling.ts`, find: 'isRefused(record) && !planned.has(record.id)', put: 'false' },
  },
  'suspended-too-soon': {
    what: 'a tenant is called suspended while its access stands',
    finds: ['I9'],
    spoil: {
      file: `${DOMAIN}/status.ts`,
      find: "return isStanding(state) ? 'provisioning' : 'suspended';",
      put: "return 'suspended';",
    },
  },
  'protection-passed-over': {
    what: 'the removal of what is protected begins when its grace is over',
    finds: ['I10'],
    spoil: {
      file: `${DOMAIN}/removal.ts`,
      find: 'if (context.deletionsPaused || isHeldByProtection(state)) return;',
      put: 'if (context.deletionsPaused) return;',
    },
  },
  'unmarked-as-foreign': {
    what: 'what we made and lost its mark counts as somebody else’s, and the tenant as gone',
    finds: ['I11'],
    spoil: {
      file: `${ENGINE}/plan.ts`,
      find: 'if (!input.record.born && !input.record.intent)',
      put: 'if (true)',
    },
  },
  'list-left-behind': {
    what: 'the directory is not told of a change',
    finds: ['listed'],
    spoil: { file: `${ROWS}/listing.ts`, find: ' || summary !== summaryText(definition, before.state);', put: ';' },
  },
  'audit-backwards': {
    what: 'a row of the journal says what was after for what was before',
    finds: ['audit'],
    spoil: {
      file: `${ROWS}/journal.ts`,
      find: 'difference(factsOf(before), factsOf(state))',
      put: 'difference(factsOf(state), factsOf(before))',
    },
  },
  'told-again': {
    what: 'completion is told with each commit that finds it',
    finds: ['told'],
    spoil: { file: `${DOMAIN}/tell.ts`, find: 'change(draft, { announce: false });', put: '' },
  },
  'failure-told-again': {
    what: 'that an operation failed is told with each commit that finds it',
    finds: ['told'],
    spoil: {
      file: `${DOMAIN}/tell.ts`,
      find: ' || state.failureTold === state.operation.id) return;',
      put: ') return;',
    },
  },
  'output-of-the-other': {
    what: 'what a service has to send is sent by the first service of the process',
    finds: ['I7'],
    filing: true,
    spoil: {
      file: 'shared/runtime/src/platform/loops.ts',
      find: 'publisherOf: publishers.of,',
      put: "publisherOf: () => publishers.of('tenant-provisioner/'),",
    },
  },
  'hints-of-the-other': {
    what: 'what is due of a service is shown to the first service of the process, which has nothing to do there',
    finds: ['I7'],
    profile: 'crashy',
    filing: true,
    spoil: {
      file: 'shared/runtime/src/platform/loops.ts',
      find: 'onDue: (hint, now) => owners.of(hint.partition)?.',
      put: "onDue: (hint, now) => owners.of('tenant-provisioner/')?.",
    },
  },
} as const satisfies Record<string, Bug>;
