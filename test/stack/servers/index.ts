/** The servers of the stack. A new one is a folder beside this file, a line here and a service in compose.yaml. */
import type { ServerDefinition } from '../definition.ts';
import { cassandra } from './cassandra/cassandra.ts';
import { elasticsearch } from './elasticsearch/elasticsearch.ts';
import { ignite } from './ignite/ignite.ts';
import { kubernetes } from './kubernetes/kubernetes.ts';
import { minio } from './minio/minio.ts';
import { pulsar } from './pulsar/pulsar.ts';

export const SERVERS: readonly ServerDefinition[] = [pulsar, cassandra, minio, elasticsearch, ignite, kubernetes];
