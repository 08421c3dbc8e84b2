export { BUS_BOUNDS, type BusBounds, busBounds } from './bounds.ts';
export { type Codec, type CodecOptions, createCodec, type Decoded } from './codec.ts';
export { createEmbeddedBus, type EmbeddedBusOptions } from './embedded-bus.ts';
export type { TlsFiles } from './http-agent.ts';
export { parseJsonPayload } from './json-payload.ts';
export { createNativeBus, type NativeBusOptions, type TlsPaths } from './native-bus.ts';
export { loadNativeClient, NATIVE_MISSING, type NativeClient } from './native-client.ts';
export type {
  Bus,
  Consumer,
  ConsumerOptions,
  IncomingMessage,
  LostConsumer,
  NamespacePlan,
  OutgoingMessage,
  SchemaVersion,
  TopicPlan,
} from './port.ts';
export type { PulsarConnection } from './pulsar-control.ts';
export {
  checkSubscription,
  formatTopicName,
  type NamespaceName,
  namespacePath,
  parseNamespaceName,
  parseTopicName,
  type TopicName,
  topicPath,
} from './topic-name.ts';
export { createWebSocketBus, type WebSocketBusOptions } from './websocket-bus.ts';
