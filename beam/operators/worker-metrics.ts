/** Prometheus metrics of one worker process, labelled with its process id; the pool collects and serves them. */
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';

const registry = new Registry();
registry.setDefaultLabels({ pid: String(process.pid) });

const records = new Counter({
  name: 'orderflow_worker_records_total',
  help: 'Records that the worker handled, by stage.',
  labelNames: ['stage'],
  registers: [registry],
});
const counters = new Counter({
  name: 'orderflow_worker_counter_total',
  help: "The stages' Beam counters: what happened to the records, and why.",
  labelNames: ['stage', 'counter'],
  registers: [registry],
});
const batchSeconds = new Histogram({
  name: 'orderflow_worker_batch_seconds',
  help: 'Duration of the batch calls to the metastore and the partner.',
  labelNames: ['stage'],
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  registers: [registry],
});
const bundles = new Counter({
  name: 'orderflow_worker_bundles_total',
  help: 'Bundles that ended, by outcome.',
  labelNames: ['outcome'],
  registers: [registry],
});
const activeBundles = new Gauge({
  name: 'orderflow_worker_active_bundles',
  help: 'Bundles under way.',
  registers: [registry],
});

export function observeBatch(stage: string, size: number, seconds: number): void {
  records.inc({ stage }, size);
  batchSeconds.observe({ stage }, seconds);
}

export function observeCounter(stage: string, counter: string, by: number): void {
  counters.inc({ stage, counter }, by);
}

export function observeBundleStart(): void {
  activeBundles.inc();
}

export function observeBundleEnd(outcome: 'finished' | 'failed'): void {
  activeBundles.dec();
  bundles.inc({ outcome });
}

export type MetricsSnapshot = MetricObjectWithValues<MetricValue<string>>[];

/** All metrics of this process as JSON that can be sent to the pool. */
export function metricsSnapshot(): Promise<MetricsSnapshot> {
  return registry.getMetricsAsJSON();
}

/** Also measures the process itself (memory, event loop, CPU). Called once, by the worker's main program. */
export function collectProcessMetrics(): void {
  collectDefaultMetrics({ register: registry });
}
