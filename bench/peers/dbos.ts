/**
 * DBOS Transact, whose workflows and steps are kept in PostgreSQL. Of the tools for durable workflows, it needs no server of its own, its
 * system tables are in the PostgreSQL that is there, and it takes records of Kafka with any bytes; Restate's server hands each record alone to a
 * handler, which takes its key for a text (https://docs.restate.dev/services/invocation/kafka), and recommends an ingress that comes as a container.
 *
 * By its guides: workflows of steps (https://docs.dbos.dev/typescript/tutorials/workflow-tutorial), an event receiver, which names the
 * workflow by the record's position (https://docs.dbos.dev/typescript/tutorials/externalmessages, https://docs.dbos.dev/typescript/reference/plugins), a queue with
 * a concurrency for each process (https://docs.dbos.dev/typescript/tutorials/queue-tutorial), schedules for what comes by the clock. Its guides give a workflow to each message;
 * a workflow for what Kafka hands over at once is the same one over more records, and what of it DBOS keeps is a row for a step of hundreds.
 *
 * The system tables are in a schema of the stack's database, since the stack's role may make no other. Left out: a secured stack.
 */
import { execPath } from 'node:process';
import { join } from 'node:path';
import { projectRoot } from '../../config.js';
import { nodeFlags, runPrograms } from '../contest/child.js';
import { type Conditions, type Contestant, perCore } from '../contest/contestant.js';
import { installSdk, loadSdk } from './dbos/sdk.js';

const main = join(projectRoot, 'dist', 'bench', 'peers', 'dbos', 'main.js');

const contestant = (unit: 'batch' | 'order', name: string, does: string, conditions: Conditions): Contestant => ({
  name,
  does,
  conditions,
  services: [],
  prepare: installSdk,
  async start({ config, folder }) {
    // Before there are several that would do it at once, and wait for each other.
    await loadSdk().dbos.migrate(config.postgresUrl);
    return runPrograms(
      folder,
      Array.from({ length: config.parallelism }, (_, index) => ({
        name: `orders-${index}`,
        file: execPath,
        args: [...nodeFlags, main, String(index), unit],
        environment: config.environment as Record<string, string>,
      })),
    );
  },
});

export const dbosBatches = contestant(
  'batch',
  'DBOS by batches',
  'a durable workflow for each batch of orders, DBOS Transact',
  perCore,
);
export const dbosOrders = contestant('order', 'DBOS by orders', 'a durable workflow for each order, DBOS Transact', {
  ...perCore,
  // It does some 200 a second.
  share: 0.05,
});
