import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig, type Config } from '../../config.js';
import { takeCheckpoint, takeSavepoint } from '../../flink/rest.js';

const path = `file:/a #1 %41/savepoint-1`;
/** Long before this machine's time. */
const ackAt = 1_000;

/** What became of a checkpoint that was asked for. */
let checkpoint: object;

let server: Server;
let config: Config;
beforeEach(async () => {
  server = createServer((request, response) => {
    const answers: Record<string, object> = {
      '/jobs/j/savepoints': { 'request-id': 'r' },
      '/jobs/j/savepoints/r': { status: { id: 'COMPLETED' }, operation: { location: path } },
      '/jobs/j/checkpoints/r': { status: { id: 'COMPLETED' }, operation: checkpoint },
      '/jobs/j/checkpoints': {
        'request-id': 'r',
        latest: { completed: null, restored: null, savepoint: { external_path: path, latest_ack_timestamp: ackAt } },
      },
    };
    response.end(JSON.stringify(answers[request.url!]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  config = loadConfig({ ORDERFLOW_FLINK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterEach(() => void server.close());

it('says when a savepoint was taken by the clock of Flink, by which the newest state is chosen', async () => {
  expect(await takeSavepoint(config, 'j', { cancel: false })).toEqual({ path, kind: 'savepoint', takenAt: ackAt });
});

it('asks for a checkpoint, and knows one that failed', async () => {
  checkpoint = { checkpointId: 7 };
  await takeCheckpoint(config, 'j', 1_000);
  checkpoint = { failureCause: { class: 'CheckpointException' } };
  await expect(takeCheckpoint(config, 'j', 1_000)).rejects.toThrow('failed');
});
