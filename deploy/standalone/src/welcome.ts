/**
 * What a person reads at start: where it listens, what is real and what is embedded, where the token is, what to type next.
 */
import type { LoadedSettings } from '@leasehold/runtime';
import type { Standalone } from './compose.ts';

const list = (loaded: LoadedSettings, mode: string): string =>
  Object.entries(loaded.plan.backends)
    .filter(([, choice]) => choice.mode === mode)
    .map(([name]) => name)
    .join(', ') || 'none';

export function welcome(standalone: Standalone, loaded: LoadedSettings, uptimeSeconds: number): string {
  const { plan, settings } = loaded;
  const { secrets, url } = standalone;
  const lines = [
    '',
    `  Leasehold is ready at ${url} after ${uptimeSeconds.toFixed(1)} s. Documentation: ${url}/docs`,
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
