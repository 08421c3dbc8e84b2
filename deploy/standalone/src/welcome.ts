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
    '  Try:',
    '    npx leasehold tenant create acme --wait',
    '    npx leasehold tenant get acme',
    '    npx leasehold doctor',
    '',
  ];
  return `${lines.join('\n')}\n`;
}
