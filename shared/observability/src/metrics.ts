/**
 * Typed handles over the catalogue. Owns the registry of a process; leaves what to count to the callers.
 *
 * 1. One registry per process: the standalone process hands one `Metrics` to all of its services.
 * 2. A handle never throws and never lets a label grow beyond its cap.
 * 3. The simulation uses `silentMetrics`, which does nothing at all.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { CATALOGUE, type Catalogue, type MetricDefinition, type MetricName } from './catalogue.ts';
import { createLabelCap } from './labels.ts';

export type Labels<L extends string> = Readonly<Record<L, string>>;

export interface CounterHandle<L extends string = string> {
  /** Adds 1, or an amount of 0 or more. */
  inc(labels: Labels<L>, amount?: number): void;
}

export interface GaugeHandle<L extends string = string> {
  set(labels: Labels<L>, value: number): void;
  /** All rows at once: what is not named disappears. For gauges that are counted anew each time. */
  replace(rows: readonly { readonly labels: Labels<L>; readonly value: number }[]): void;
}

export interface HistogramHandle<L extends string = string> {
  /** In the metric's unit: seconds. */
  observe(labels: Labels<L>, value: number): void;
}

type LabelsOf<D> = D extends { readonly labels: readonly (infer L extends string)[] } ? L : never;
type HandleOf<D extends MetricDefinition> = D['kind'] extends 'counter'
  ? CounterHandle<LabelsOf<D>>
  : D['kind'] extends 'gauge'
    ? GaugeHandle<LabelsOf<D>>
    : HistogramHandle<LabelsOf<D>>;

export type MetricHandles = { readonly [N in MetricName]: HandleOf<Catalogue[N]> };

export interface Metrics extends MetricHandles {
  /** The Prometheus text of everything in the registry. */
  render(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  readonly registry?: Registry;
  /** Different values of one label before `other`; default 100. */
  readonly labelCap?: number;
  /** Node's own metrics (event loop, heap, garbage collection); default true. */
  readonly processMetrics?: boolean;
}

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = options.registry ?? new Registry();
  if (options.processMetrics ?? true) collectDefaultMetrics({ register: registry });
  const handles = Object.fromEntries(
    Object.entries(CATALOGUE).map(([key, definition]) => [key, createHandle(definition, registry, options.labelCap)]),
  );
  return {
    ...(handles as unknown as MetricHandles),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function createHandle(definition: MetricDefinition, registry: Registry, cap: number | undefined): unknown {
  const { name, help } = definition;
  const configuration = { name, help, labelNames: [...definition.labels], registers: [registry] };
  const limit = createLabelCap(cap);
  const capped = (labels: Labels<string>): Record<string, string> => {
    const out: Record<string, string> = {};
    for (const label of definition.labels) out[label] = limit(label, labels[label]);
    return out;
  };
  switch (definition.kind) {
    case 'counter': {
      const metric = new Counter(configuration);
      return {
        inc: (labels, amount = 1) => {
          if (Number.isFinite(amount) && amount >= 0) metric.inc(capped(labels), amount);
        },
      } satisfies CounterHandle;
    }
    case 'gauge': {
      const metric = new Gauge(configuration);
      const set: GaugeHandle['set'] = (labels, value) => {
        if (Number.isFinite(value)) metric.set(capped(labels), value);
      };
      const replace: GaugeHandle['replace'] = (rows) => {
        metric.reset();
        for (const row of rows) if (Number.isFinite(row.value)) metric.inc(capped(row.labels), row.value);
      };
      return { set, replace } satisfies GaugeHandle;
    }
    case 'histogram': {
      const metric = new Histogram({ ...configuration, buckets: [...(definition.buckets ?? [])] });
      return {
        observe: (labels, value) => {
          if (Number.isFinite(value)) metric.observe(capped(labels), value);
        },
      } satisfies HistogramHandle;
    }
  }
}

const nothing = (): void => undefined;

/** Counts nothing: for the simulation and for tests that look elsewhere. */
export const silentMetrics: Metrics = {
  ...(Object.fromEntries(
    Object.keys(CATALOGUE).map((key) => [key, { inc: nothing, set: nothing, replace: nothing, observe: nothing }]),
  ) as unknown as MetricHandles),
  render: async () => '',
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
};
