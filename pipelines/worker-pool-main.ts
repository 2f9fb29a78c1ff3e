/** The worker pool as a service: the pool, and an HTTP endpoint with the Prometheus metrics of pool and workers. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { AggregatorRegistry, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { startWorkerPool } from '../beam/worker/worker-pool.js';
import { loadConfig, projectRoot } from '../config.js';
import { limits } from '../model/limits.js';
import { metricsServer } from './metrics-server.js';

const config = loadConfig();
const log = pino({ base: { pid: process.pid } });
const functionsModule = join(projectRoot, 'dist', 'pipelines', 'functions.js');
if (!existsSync(functionsModule)) {
  log.fatal(`${functionsModule} is missing: run \`npm run build\``);
  process.exit(1);
}

const pool = await startWorkerPool({
  host: config.workerPoolHost,
  port: config.ports.workerPool,
  functionsModule,
  maxMessageBytes: limits.bundleMessageBytes,
  maxWorkers: config.maxWorkers,
  log,
});

const registry = new Registry();
collectDefaultMetrics({ register: registry, prefix: 'orderflow_pool_' });
new Gauge({
  name: 'orderflow_pool_workers',
  help: 'Worker processes alive.',
  registers: [registry],
  collect() {
    this.set(pool.workers().size);
  },
});
new Gauge({
  name: 'orderflow_pool_max_workers',
  help: 'Most worker processes that there may be.',
  registers: [registry],
}).set(config.maxWorkers);
new Gauge({
  name: 'orderflow_pool_spares',
  help: 'Processes that wait to become workers.',
  registers: [registry],
  collect() {
    this.set(pool.spares());
  },
});

const server = metricsServer(config.workerMetricsTls, async () => {
  const workers = await AggregatorRegistry.aggregate(await pool.collectMetrics()).metrics();
  return { contentType: registry.contentType, text: (await registry.metrics()) + workers };
});
server.listen(config.ports.workerMetrics, config.host);
await once(server, 'listening');
log.info({ port: pool.port, metrics: config.ports.workerMetrics }, 'worker pool is ready');

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close();
    void pool.close().then(() => process.exit(0));
  });
}
