/**
 * TLS files of a backend, read once at start. That they can be read was checked with the settings.
 */
import { readSmallFile } from '../settings/small-file.ts';

export interface PemPaths {
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

export interface Pem {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** PEM texts; `undefined` where no file is set. */
export function pemFiles({ caFile, certFile, keyFile }: PemPaths): Pem | undefined {
  if (caFile === undefined && certFile === undefined) return undefined;
  return {
    ...(caFile === undefined ? {} : { ca: readSmallFile(caFile) }),
    ...(certFile === undefined ? {} : { cert: readSmallFile(certFile) }),
    ...(keyFile === undefined ? {} : { key: readSmallFile(keyFile) }),
  };
}
