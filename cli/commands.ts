/** THE table of commands, in the order of the help page. A command is one file, which is loaded when it is named. */
import type { CommandModule } from 'yargs';
import type { Command } from './command.js';

interface CommandRow {
  /** Its name and positional arguments, as yargs reads them. */
  readonly command: string;
  readonly describe: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- of a list of different commands
  load(): Promise<Command<any>>;
}

export const commandTable: readonly CommandRow[] = [
  {
    command: 'demo',
    describe: 'all of it: start the stack and the five jobs, publish orders, account for each, stop everything',
    load: async () => (await import('./demo.js')).demoCommand,
  },
  {
    command: 'up [service..]',
    describe: 'start what is missing of the local stack, and wait until it works',
    load: async () => (await import('./up.js')).upCommand,
  },
  {
    command: 'down [service..]',
    describe: 'stop the local stack; its data stay',
    load: async () => (await import('./down.js')).downCommand,
  },
  {
    command: 'status',
    describe: 'what runs of the local stack, its memory, the jobs and their last checkpoints',
    load: async () => (await import('./status.js')).statusCommand,
  },
  {
    command: 'logs <service>',
    describe: 'the end of what a local service has written',
    load: async () => (await import('./logs.js')).logsCommand,
  },
  {
    command: 'certificates <action> [holder..]',
    describe: "the secured local stack's certificates: when they run out, and new ones",
    load: async () => (await import('./certificates.js')).certificatesCommand,
  },
  {
    command: 'topics',
    describe: "Kafka's topics: make them, give them more partitions, go on with one made anew, read them",
    load: async () => (await import('./topics.js')).topicsCommand,
  },
  {
    command: 'acls',
    describe: "Kafka's rights: who may read and write what, and their passwords",
    load: async () => (await import('./acls.js')).aclsCommand,
  },
  {
    command: 'schema',
    describe: "the metastore's tables and partitions: bring them up to date",
    load: async () => (await import('./schema.js')).schemaCommand,
  },
  {
    command: 'reference',
    describe: 'what the rules, the enricher and the router look up: load it from a file',
    load: async () => (await import('./reference.js')).referenceCommand,
  },
  {
    command: 'retention',
    describe: "the metastore's daily upkeep: forget old orders, make partitions ahead",
    load: async () => (await import('./retention.js')).retentionCommand,
  },
  {
    command: 'submit <stage..>',
    describe: 'submit stages to Flink, each as its own job; those that run already are left alone',
    load: async () => (await import('./submit.js')).submitCommand,
  },
  {
    command: 'stop <stage..>',
    describe: "stop stages' jobs on Flink, each with a savepoint, from which `submit` goes on",
    load: async () => (await import('./stop.js')).stopCommand,
  },
  {
    command: 'savepoint <stage..>',
    describe: "take a savepoint of stages' jobs, which go on; `stop` takes one, too",
    load: async () => (await import('./savepoint.js')).savepointCommand,
  },
  {
    command: 'restart <stage..>',
    describe:
      'stop and submit stages one after another: new code, another parallelism, fresh workers, and nothing lost',
    load: async () => (await import('./restart.js')).restartCommand,
  },
  {
    command: 'run <stage>',
    describe: 'run a stage over a file, in this process, without any server (on Flink: `submit`)',
    load: async () => (await import('./run.js')).runCommand,
  },
  {
    command: 'generate',
    describe: 'publish made-up orders on raw_order, good ones and ones that break rules',
    load: async () => (await import('./generate.js')).generateCommand,
  },
  {
    command: 'order <id>',
    describe: "an order's story: every status, when, by which stage and why",
    load: async () => (await import('./order.js')).orderCommand,
  },
  {
    command: 'cubes',
    describe: "the analyst's page: data cubes over Druid, and the flow of orders; Ctrl-C ends it",
    load: async () => (await import('./cubes.js')).cubesCommand,
  },
  {
    command: 'reconcile',
    describe: 'account for every record on raw_order, and name what is missing or doubled',
    load: async () => (await import('./reconcile.js')).reconcileCommand,
  },
  {
    command: 'cancel-order <id..>',
    describe: 'cancel orders: the validator rejects those it has not passed yet',
    load: async () => (await import('./cancel-order.js')).cancelOrderCommand,
  },
  {
    command: 'erase-customer <id>',
    describe: 'delete the key of a customer: who ordered cannot be read any more in any order that it has sealed',
    load: async () => (await import('./erase-customer.js')).eraseCustomerCommand,
  },
  {
    command: 'customer-keys',
    describe: "the customers' keys: wrap them with a new key of the KMS",
    load: async () => (await import('./customer-keys.js')).customerKeysCommand,
  },
  {
    command: 'parked',
    describe: 'orders that wait for their partner: list them, try them now, give them up',
    load: async () => (await import('./parked.js')).parkedCommand,
  },
  {
    command: 'dead-letters',
    describe: 'what the stages set aside: list it, send it back',
    load: async () => (await import('./dead-letters.js')).deadLettersCommand,
  },
  {
    command: 'backfill <stage>',
    describe: 'sum orders of the past again, from the records of Kafka and of the archive: into panes, or into a file',
    load: async () => (await import('./backfill.js')).backfillCommand,
  },
  {
    command: 'archive',
    describe: 'keep what topics hold for longer than Kafka does, as files by day, and verify the files',
    load: async () => (await import('./archive.js')).archiveCommand,
  },
  {
    command: 'druid',
    describe: "Druid's supervisors: apply their specs, see how they are, query, read again, fill from the archive",
    load: async () => (await import('./druid.js')).druidCommand,
  },
  {
    command: 'audit',
    describe: 'who changed what, and who was denied what: list it, and verify that nothing of it was changed',
    load: async () => (await import('./audit.js')).auditCommand,
  },
];

const nameOf = ({ command }: CommandRow) => command.replace(/ .*/, '');

/**
 * All commands for yargs. Those among the words of a command line are loaded; of the others there is what the help page
 * shows.
 */
export async function commandsFor(words: readonly string[]): Promise<CommandModule[]> {
  return Promise.all(
    commandTable.map(async (row) => {
      const { command, describe } = row;
      const { builder, handler } = words.includes(nameOf(row)) ? await row.load() : notNamed;
      return { command, describe, builder, handler };
    }),
  );
}

const notNamed: Command = { builder: (yargs) => yargs, handler: () => undefined };
