/** All commands, in the order of the help page. A command is one file that exports its yargs module. */
import type { CommandModule } from 'yargs';
import { cancelOrderCommand } from './cancel-order.js';
import { cubesCommand } from './cubes.js';
import { deadLettersCommand } from './dead-letters.js';
import { demoCommand } from './demo.js';
import { downCommand } from './down.js';
import { druidCommand } from './druid.js';
import { generateCommand } from './generate.js';
import { logsCommand } from './logs.js';
import { migrateCommand } from './migrate.js';
import { orderCommand } from './order.js';
import { reconcileCommand } from './reconcile.js';
import { restartCommand } from './restart.js';
import { runCommand } from './run.js';
import { savepointCommand } from './savepoint.js';
import { statusCommand } from './status.js';
import { stopCommand } from './stop.js';
import { submitCommand } from './submit.js';
import { topicsCommand } from './topics.js';
import { upCommand } from './up.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- yargs' own type for a list of different commands
export const commands: readonly CommandModule<object, any>[] = [
  demoCommand,
  upCommand,
  downCommand,
  statusCommand,
  logsCommand,
  topicsCommand,
  migrateCommand,
  submitCommand,
  stopCommand,
  savepointCommand,
  restartCommand,
  runCommand,
  generateCommand,
  orderCommand,
  cubesCommand,
  reconcileCommand,
  cancelOrderCommand,
  deadLettersCommand,
  druidCommand,
];
