/**
 * The connection to OpenProject, and the provider that uses it. Constructing it opens nothing.
 */
import type { Backend, Provider } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { createOpenProjectApi, type OpenProjectSettings } from './api.ts';
import { createProjectProvider } from './provider.ts';
import type { ProjectSeen, ProjectSpec } from './spec.ts';

export interface OpenProjectBackendOptions extends OpenProjectSettings {
  /** Projects that the server bears. */
  readonly projectLimit?: number;
  /** A whole call of the provider; copies and deletions are waited for in it. Shipped: 3 min. */
  readonly operationTimeoutMs?: number;
}

export interface OpenProjectBackend {
  readonly backend: Backend;
  readonly providers: readonly [Provider<ProjectSpec, ProjectSeen>];
}

export function createOpenProjectBackend(options: OpenProjectBackendOptions): OpenProjectBackend {
  const api = createOpenProjectApi(options);
  const provider = createProjectProvider({
    api,
    timeoutMs: bound('openproject-project-ms', options.operationTimeoutMs ?? 180_000),
    parallelism: bound('openproject-project-parallelism', 4),
    projectLimit: bound('openproject-projects', options.projectLimit ?? 20_000),
  });
  const backend: Backend = {
    name: 'openproject',
    embedded: false,
    probe: async (signal) => {
      await api.call({ name: 'probe', method: 'GET', path: '/api/v3/projects?pageSize=1' }, signal);
    },
    close: async () => api.close(),
  };
  return { backend, providers: [provider] };
}
