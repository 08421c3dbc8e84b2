export { CATALOGUE, type Catalogue, type MetricDefinition, type MetricKind, type MetricName } from './catalogue.ts';
export { errorFields } from './fields.ts';
export { LABEL_CAP, OTHER } from './labels.ts';
export { createLog, LOG_LEVELS, type LogLevel, type LogOptions, type LogSink } from './log.ts';
export { formatLine, type LogRecord } from './log-line.ts';
export {
  type CounterHandle,
  createMetrics,
  type GaugeHandle,
  type HistogramHandle,
  type Labels,
  type MetricHandles,
  type Metrics,
  type MetricsOptions,
  silentMetrics,
} from './metrics.ts';
export { createSecrets, isSecretName, REDACTED, type Secrets } from './secrets.ts';
export { childTrace, makeTrace, parseTrace, type TraceContext } from './trace.ts';
