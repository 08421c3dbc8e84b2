/**
 * What a server or an endpoint answered, of whatever shape: each test says what it expects of it.
 */
// biome-ignore lint/suspicious/noExplicitAny: the one place where an answer has no type yet.
export type Tree = any;
