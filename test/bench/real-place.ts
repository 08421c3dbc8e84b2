/**
 * The product running on the real servers under names of its own, with the raw drivers and an upstream client beside it;
 * everything is stopped, and removed from the servers, afterwards.
 */
import { furtherSettings } from '../support/further-facts.ts';
import { createInstallation, type Env } from '../support/installation.ts';
import { startProduct } from '../support/product.ts';
import type { Place, RealPlace } from './lines/place.ts';
import { provision } from './product/completion.ts';
import { doorOf } from './product/sides.ts';
import { openProducer } from './raw/sockets.ts';
import { openRawDrivers, TIER } from './raw/tenant.ts';

export async function withRealPlace(env: Env, place: Place, work: (place: RealPlace) => Promise<void>): Promise<void> {
  const installation = createInstallation('bn', env);
  await using opened = new AsyncDisposableStack();
  opened.defer(() => installation.clear());
  const product = await startProduct(installation.settings(furtherSettings(env)));
  opened.defer(() => product.clear());
  // Ended as its users end it; `clear` kills what is still there.
  opened.defer(async () => void (await product.stop()));
  const raw = await openRawDrivers(env, installation);
  opened.defer(() => raw.close());
  opened.defer(() => raw.clear(installation.tenant('')));
  const upstream = await openProducer(env, installation.topic('system', 'tenant-created-events'));
  opened.defer(() => upstream.close());
  upstream.onFrame(({ result, errorMsg }) => {
    if (result !== 'ok') place.log(`\nan event was refused: ${String(errorMsg)}\n`);
  });
  const door = doorOf(product);
  // Drivers are loaded and connected with the first call: that belongs to the start, not to a tenant.
  await provision(door, installation.tenant('warm-product'), TIER);
  await raw.make(installation.tenant('warm-raw'), 'all-at-once');
  await work({ ...place, env, installation, door, raw, upstream });
}
