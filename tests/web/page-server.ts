/** The page's server, listening on a free port, over a Druid, a metastore and a Flink of the test's own. */
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Config, loadConfig } from '../../config.js';
import type { StageProgress } from '../../kafka/lag.js';
import type { Pool } from '../../metastore/connection.js';
import { stageNames, type StageName } from '../../model/stages.js';
import { createServer } from '../../web/server.js';
import { nothingRuns } from '../cli/orderflow.js';
import type { FakeDruid } from './fake-druid.js';
import { locations } from './orders.js';

/** A metastore that knows one order, the locations of ./orders.ts, and times to delivery. */
export const fakePool = (): Pool =>
  ({
    query: async (text: string, values: readonly unknown[] = []) => ({ rows: rowsOf(text, values) }),
    end: async () => {},
  }) as unknown as Pool;

function rowsOf(text: string, values: readonly unknown[]): object[] {
  if (text.includes('audit_append')) return [{ seq: 1 }];
  if (text.includes('percentile_disc')) {
    const part = Math.floor((Date.now() - 60_000) / Number(values[2])) * Number(values[2]);
    return [{ time: part, p95: 4_200 }];
  }
  if (text.includes('FROM locations')) return [...locations];
  if (text.includes('FROM parked_deliveries')) return [{ deliveries: 2, since: Date.UTC(2026, 0, 31, 12) }];
  if (text.includes('FROM releases')) return [];
  if (text.includes('LEFT JOIN parked_deliveries')) return [{ since: null, leasedUntil: null, cancelledAt: null }];
  if (values[0] !== 'O-1') return [];
  const lines = ['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED', 'DELIVERED'].map((status, index) => ({
    status,
    recordedAt: Date.UTC(2026, 0, 31, 12, 0, index),
    recordedBy: status === 'CREATED' ? 'generator' : 'stage',
    detail: '',
    attempt: 1,
  }));
  return [{ messageId: 'M-O-1', isAccepted: true, createdAt: Date.UTC(2026, 0, 31, 12), lines }];
}

/** Stages that have read 50 more records, and finished 40 more, at each call. */
export function fakeProgress(): () => Promise<Record<StageName, StageProgress>> {
  let calls = 0;
  return async () => {
    calls += 1;
    return Object.fromEntries(
      stageNames.map((name) => [name, { written: 1_000 + calls * 50, committed: 900 + calls * 40 }]),
    ) as Record<StageName, StageProgress>;
  };
}

/** A Flink on which each stage but the aggregator has a job, the router's restarting. */
export async function startFakeFlink(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createHttpServer((request, response) => {
    const answer = (body: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (request.url === '/jobs/overview') {
      const jobs = stageNames.slice(0, -1).map((name) => ({
        jid: name,
        name,
        state: name === 'router' ? 'RESTARTING' : 'RUNNING',
        duration: 60_000,
        tasks: { running: 2, total: 2 },
      }));
      return answer({ jobs });
    }
    if (request.url?.endsWith('/checkpoints')) {
      const completed = { latest_ack_timestamp: Date.now() - 3_000 };
      return answer({ counts: { failed: 1, restored: 0 }, latest: { completed } });
    }
    return answer([{ id: 'numRestarts', value: '2' }]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const configFor = (druid: Pick<FakeDruid, 'url'>, flinkUrl = 'http://127.0.0.1:1'): Config =>
  loadConfig({ ...nothingRuns, ORDERFLOW_DRUID_URL: druid.url, ORDERFLOW_FLINK_URL: flinkUrl });

/** Starts it; `url` has no path. */
export async function startPageServer(config: Config): Promise<{ url: string; stop(): Promise<void> }> {
  const server = await createServer(config, { pool: fakePool(), readProgress: fakeProgress() });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url, stop: () => server.close() };
}
