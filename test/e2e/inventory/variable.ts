/** Reads a variable that leads to the stack; a stack test without it fails rather than passing in silence. */
export function variable(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set: bring the stack up first`);
  return value;
}
