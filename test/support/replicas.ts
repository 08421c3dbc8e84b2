/**
 * Several processes of the product as replicas: on one bus and one store, with the same secrets, each on a port of its own.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { createProduct, type Launch, type Product, type Settings } from './product.ts';

/**
 * `standalone`: every service in one process. `alone`: the tenant provisioner as a process of its own. `filing`: the specimen as one,
 * `both`: beside the tenant provisioner, `dying`: as one that dies where it is told to.
 */
export type Form = 'standalone' | 'alone' | 'filing' | 'both' | 'dying';

const ENTRIES: Readonly<Record<Exclude<Form, 'standalone'>, string>> = {
  alone: 'services/tenant-provisioner/bin/tenant-provisioner.js',
  filing: 'test/specimen/main.ts',
  both: 'test/specimen/main.ts both',
  dying: 'test/e2e/dying/main.ts',
};

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function adminTokenOf(secret: string): string {
  const claims = { sub: 'e2e', roles: ['platform-admin'], exp: Math.floor(Date.now() / 1000) + 3_600 };
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export interface Replicas {
  /** A process more, not launched; `root` names the tree of another release. */
  create(form: Form, root?: string): Promise<Product>;
  /** Launched one after the other, all ready. */
  start(...forms: readonly Form[]): Promise<readonly Product[]>;
  /** Kills what runs, and removes the folders. */
  clear(): Promise<void>;
}

/** @param settings of the installation; secrets are added. */
export function createReplicas(settings: Settings): Replicas {
  const secret = randomBytes(32).toString('hex');
  const shared = { ...settings, AUTH_JWT_SECRET: secret, LEASEHOLD_MASTER_KEY: randomBytes(32).toString('base64') };
  const all: Product[] = [];
  const create: Replicas['create'] = async (form, root) => {
    const launch: Launch = {
      token: () => adminTokenOf(secret),
      ...(form === 'standalone' ? {} : { entry: ENTRIES[form] }),
      ...(form === 'dying' ? { isDoomed: true } : {}),
      ...(root === undefined ? {} : { root }),
    };
    const product = await createProduct(shared, launch);
    all.push(product);
    return product;
  };
  return {
    create,
    start: async (...forms) => {
      const made: Product[] = [];
      for (const form of forms) made.push(await create(form));
      for (const product of made) product.launch();
      for (const product of made) await product.ready();
      return made;
    },
    clear: async () => void (await Promise.all(all.map((product) => product.clear()))),
  };
}
