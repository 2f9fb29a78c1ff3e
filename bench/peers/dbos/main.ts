/** A process of the contestant on DBOS: `main.js NUMBER batch|order`. It goes on with the workflows of the one that had its number before. */
import { loadConfig } from '../../../config.js';
import { untilSignal } from '../process-end.js';
import { registerWorkflows } from './orders.js';
import { asOne, oneByOne, receive } from './receiver.js';
import { loadSdk } from './sdk.js';
import { openStages } from './stages.js';

/** Workflows of single orders that are under way at once in a process. */
const ordersAtOnce = 200;
const queue = 'orders';
/** How long workflows under way have to come to their end when the process is to stop, in ms; the next one goes on with what is left. */
const completionMs = 30_000;

const [number, unit] = process.argv.slice(2);
const config = loadConfig();
const { dbos, receiver } = loadSdk();
const isToStop = untilSignal();
const stages = await openStages(config, { together: unit === 'order' });
const workflows = registerWorkflows(dbos, stages);
dbos.setConfig({
  name: 'orders',
  systemDatabaseUrl: config.postgresUrl,
  systemDatabasePoolSize: 10,
  applicationVersion: '1',
  executorID: `orders-${number}`,
  logLevel: 'warn',
});
await dbos.launch();
// Whoever comes first: both say the same.
await dbos.registerQueue(queue, { workerConcurrency: ordersAtOnce, minPollingIntervalMs: 100 });
await dbos.applySchedules([
  {
    scheduleName: 'panes',
    workflowFn: workflows.writePanes,
    schedule: `*/${Math.max(1, Math.round(config.paneMs / 1_000))} * * * * *`,
  },
  { scheduleName: 'redelivery', workflowFn: workflows.redeliver, schedule: '* * * * * *' },
]);
const accept = unit === 'order' ? oneByOne(receiver, workflows.carry, queue) : asOne(dbos, workflows.carry);
const stopReceiving = await receive(config, accept);
await isToStop;
await stopReceiving();
await dbos.shutdown({ workflowCompletionTimeoutMS: completionMs });
await stages.close();
