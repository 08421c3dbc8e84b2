/**
 * What each answer of the server holds at least. Another server that answers anything with 200 is told by what is missing, so that
 * nothing is believed to be done there. A client one release older or younger than its server still takes what it understands.
 */
export type Expected = readonly [string, ...string[]];

export const ACCEPTED: Expected = ['tenant_id', 'status', 'status_url'];
export const RECORD: Expected = ['tenant_id', 'status', 'generation'];
export const STATUS: Expected = ['tenant_id', 'status', 'resources'];
export const PLAN: Expected = ['actions'];
export const LIST: Expected = ['items'];
export const DRIFT: Expected = ['tenant_id', 'drift'];
export const OPERATION: Expected = ['operation_id', 'outcome'];
export const LETTER: Expected = ['id', 'topic'];
export const REDRIVEN: Expected = ['id', 'outcome'];
export const PUBLISHED: Expected = ['topic', 'message_id'];
export const CONTROL: Expected = ['reconcile', 'deletions'];
export const ROLLOUT: Expected = ['rollout_id', 'state'];
export const ROLLOUT_PLAN: Expected = ['targets', 'waves'];
