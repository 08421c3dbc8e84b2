/**
 * What a person reads at start: where it listens, what is real and what is embedded, where the token is, what to type next.
 */
import type { LoadedSettings, Mesh } from '@leasehold/runtime';

const list = (loaded: LoadedSettings, mode: string): string =>
  Object.entries(loaded.plan.backends)
    .filter(([, choice]) => choice.mode === mode)
    .map(([name]) => name)
    .join(', ') || 'none';

export function welcome({ secrets, url }: Mesh, loaded: LoadedSettings): string {
  const { plan, settings } = loaded;
  const lines = [
    '',
    `  Leasehold is ready at ${url} after ${process.uptime().toFixed(1)} s. Documentation: ${url}/docs`,
    '',
    `  bus       ${plan.bus}    store  ${plan.store}    data  ${settings.common.dataDir}`,
    `  real      ${list(loaded, 'real')}`,
    `  embedded  ${list(loaded, 'embedded')}`,
    `  skipped   ${list(loaded, 'skipped')}`,
    '',
    ...(secrets.admin
      ? [`  The admin token is in ${secrets.admin.path}; the command line client reads it there by itself.`]
      : []),
    '  Try, in this folder, from another terminal:',
    '    npx --no-install leasehold tenant create acme --wait',
    '    npx --no-install leasehold tenant get acme',
    '    npx --no-install leasehold doctor',
    '',
  ];
  return `${lines.join('\n')}\n`;
}
