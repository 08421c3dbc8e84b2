/**
 * What the rows of a service are called: the partitions of its owners, its directories, and the few partitions that are no owner's.
 * Names are what rows are found by, so they never change.
 */
import type { Owner } from '../model/state.ts';

export interface ServiceNames {
  readonly service: string;
  readonly ownerType: string;
  /** Of the owners that have not ended: the directory that walks read. */
  readonly directory: string;
  /** Of those that have. */
  readonly ended: string;
  /** Of the switches, and the journal of what is no owner's. */
  readonly control: string;
  partitionOf(ownerId: string): string;
  /** The id of the owner whose partition it is. */
  ownerIdOf(partition: string): string | undefined;
  ownerOf(ownerId: string): Owner;
  /** The owner in a line of the log. */
  about(ownerId: string): { readonly tenant_id: string; readonly owner?: string };
  /** A partition or directory of the service that is no owner's. */
  own(name: string): string;
  isOwn(partition: string): boolean;
}

export interface NamesOptions {
  readonly service: string;
  readonly ownerType: string;
  /** Absent: an owner is a tenant. */
  readonly tenantIdOf?: (ownerId: string) => string;
}

export function serviceNames({ service, ownerType, tenantIdOf = (id) => id }: NamesOptions): ServiceNames {
  const prefix = `${service}/${ownerType}/`;
  const own = (name: string): string => `${service}/${name}`;
  return {
    service,
    ownerType,
    directory: own(`${ownerType}s`),
    ended: own(`${ownerType}s-ended`),
    control: own('control'),
    partitionOf: (ownerId) => prefix + ownerId,
    ownerIdOf: (partition) => (partition.startsWith(prefix) ? partition.slice(prefix.length) : undefined),
    ownerOf: (id) => ({ type: ownerType, id, tenantId: tenantIdOf(id) }),
    about: (id) => {
      const tenantId = tenantIdOf(id);
      return { tenant_id: tenantId, ...(tenantId === id ? {} : { owner: `${ownerType} ${id}` }) };
    },
    own,
    isOwn: (partition) => partition.startsWith(`${service}/`),
  };
}
