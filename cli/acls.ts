/** `orderflow acls plan|apply|passwords|export`: who may do what with Kafka's topics and groups. */
import type { CommandModule } from 'yargs';
import { changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { grouped } from '../kafka/acls.js';
import { rangerPolicies, strimziUsers } from '../kafka/acl-formats.js';
import { type AclPlan, applyAcls, type Entry, isDone, planAcls } from '../kafka/acl-plan.js';
import { applyUsers, setUsers } from '../kafka/scram-users.js';
import { kafkaOwner, kafkaUsers } from '../local/kafka.js';
import type { Command } from './command.js';
import { table } from './table.js';

/** Neither success nor failure: there is something to do. */
const somethingToDo = 3;

function resourceText({ resourceType, resourceName, patternType }: Entry): string {
  const type = resourceType.toLowerCase().replaceAll('_', ' ');
  return resourceType === 'CLUSTER' ? type : `${type} ${resourceName}${patternType === 'PREFIXED' ? '*' : ''}`;
}

/** A row for each principal and resource. */
function rowsOf(what: string, entries: readonly Entry[]): string[][] {
  const textOf = (entry: Entry) => [entry.principal, entry.permission, entry.host, resourceText(entry)].join(' ');
  return grouped(entries, textOf).map((same) => {
    const { principal, permission, host } = same[0]!;
    const only = [permission === 'ALLOW' ? '' : permission, host === '*' ? '' : `from ${host}`].filter(Boolean);
    return [
      what,
      principal.replace(/^User:/, ''),
      resourceText(same[0]!),
      [...same.map(({ operation }) => operation), ...only].join(', '),
    ];
  });
}

function planText({ missing, superfluous, foreign, quotas }: AclPlan, words: readonly [string, string]): string {
  const rows = [...rowsOf(words[0], missing), ...rowsOf(words[1], superfluous), ...rowsOf('left alone', foreign)];
  const quotaRows = quotas.map(({ user, quota, from, to }) => [
    'quota',
    user,
    quota,
    `${from ?? 'none'} -> ${to ?? 'none'}`,
  ]);
  return table(['what', 'principal', 'of', 'which'], [...rows, ...quotaRows]);
}

const nothing = "Kafka's rights are those of the table";

const planCommand: CommandModule<object, { json: boolean }> = {
  command: 'plan',
  describe: "what is missing in Kafka's ACLs and what is too much, by the tables of stages and principals",
  builder: (yargs) =>
    yargs
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow acls plan', `exit status 0 where nothing is to do, ${somethingToDo} where there is`) as never,
  handler: async ({ json }) => {
    const config = loadConfig();
    const plan = await planAcls(kafkaOwner(config), config);
    if (json) console.log(JSON.stringify(plan));
    else {
      if (isDone(plan)) console.log(nothing);
      if (!isDone(plan) || plan.foreign.length > 0) console.log(planText(plan, ['missing', 'too much']));
    }
    if (!isDone(plan)) process.exitCode = somethingToDo;
  },
};

const applyCommand: CommandModule<object, { json: boolean }> = {
  command: 'apply',
  describe: "make Kafka's ACLs and quotas what the tables and settings say; what others have is left alone",
  builder: (yargs) =>
    yargs
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow acls apply', 'safe to run again, and while orders flow') as never,
  handler: async ({ json }) => {
    const config = loadConfig();
    const apply = () => applyAcls(kafkaOwner(config), config);
    const plan = await changeInSteps(config, 'acls apply', {}, apply, ({ missing, superfluous, quotas }) => ({
      subjects: [...new Set([...missing, ...superfluous].map(({ principal }) => principal))],
      details: { granted: missing.length, takenAway: superfluous.length, quotas: quotas.length },
    }));
    if (json) return console.log(JSON.stringify(plan));
    if (isDone(plan)) console.log(nothing);
    if (!isDone(plan) || plan.foreign.length > 0) console.log(planText(plan, ['granted', 'taken away']));
  },
};

interface PasswordsArguments {
  principal: string[] | undefined;
  json: boolean;
}

const passwordsCommand: CommandModule<object, PasswordsArguments> = {
  command: 'passwords [principal..]',
  describe:
    'give users the passwords of their files (SCRAM): those who have none or another, or the ones that are named',
  builder: (yargs) =>
    yargs
      .positional('principal', { type: 'string', array: true, describe: 'these alone, whatever they have' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow acls passwords', 'safe to run again')
      .example('orderflow acls passwords router', 'after a new password was put into its file') as never,
  handler: async ({ principal: names, json }) => {
    const config = loadConfig();
    const [owner, users] = [kafkaOwner(config), kafkaUsers(config)];
    const apply = async () => {
      if (!names?.length) return applyUsers(owner, users);
      await setUsers(owner, users, names);
      return names.map((user) => ({ user, action: 'changed' as const }));
    };
    const changes = await changeInSteps(config, 'acls passwords', {}, apply, (done) => ({
      subjects: done.flatMap(({ user, action }) => (action === 'unchanged' ? [] : [`User:${user}`])),
    }));
    if (json) return console.log(JSON.stringify({ users: changes }));
    console.log(
      table(
        ['user', 'was'],
        changes.map(({ user, action }) => [user, action]),
      ),
    );
  },
};

interface ExportArguments {
  format: 'ranger' | 'strimzi';
  name: string | undefined;
}

const exportCommand: CommandModule<object, ExportArguments> = {
  command: 'export <format>',
  describe: 'the same rights as policies of Apache Ranger (JSON) or as users of Strimzi (YAML); asks nobody',
  builder: (yargs) =>
    yargs
      .positional('format', { choices: ['ranger', 'strimzi'] as const, demandOption: true, describe: 'for whom' })
      .option('name', {
        type: 'string',
        describe: "of Ranger's service (default: kafka), or of Strimzi's Kafka resource (default: orderflow)",
      })
      .example('orderflow acls export ranger > policies.json', 'for "Import" on the page of the service')
      .example('orderflow acls export strimzi --name production | kubectl apply -f -', 'beside that cluster') as never,
  handler: ({ format, name }) => {
    const config = loadConfig();
    if (format === 'strimzi') process.stdout.write(strimziUsers(config, name ?? 'orderflow'));
    else console.log(JSON.stringify(rangerPolicies(config, name ?? 'kafka'), null, 2));
  },
};

export const aclsCommand: Command = {
  builder: (yargs) =>
    yargs
      .command([planCommand, applyCommand, passwordsCommand, exportCommand] as never)
      .demandCommand(1, 'acls plan, acls apply, acls passwords, or acls export'),
  handler: () => {},
};
