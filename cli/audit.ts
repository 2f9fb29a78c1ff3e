/** `orderflow audit list|verify|head|publish|collect`. */
import type { CommandModule } from 'yargs';
import { changeInSteps } from '../audit/audited.js';
import { hexOf } from '../audit/chain.js';
import { collect } from '../audit/collect.js';
import { millisOf } from '../audit/message.js';
import { publishEvents } from '../audit/publish.js';
import { verifyTrail } from '../audit/verify.js';
import { type Config, loadConfig } from '../config.js';
import { withKafka } from '../kafka/client.js';
import { type AuditHead, auditHead, listAuditEvents, publishAgain } from '../metastore/audit-trail.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { auditActions, type AuditEvent, auditOutcomes } from '../model/audit.js';
import type { Command } from './command.js';
import { interruptSignal } from './interrupt.js';
import { badValue, wholeNumber } from './numbers.js';
import { table } from './table.js';
import { timeFrom } from './times.js';

/** As who reads it: an operator, or an auditor (ORDERFLOW_PRINCIPAL). */
const ours = (config: Config) => databaseOf(config, config.principal);

const jsonOption = { type: 'boolean', default: false, describe: 'one JSON object on stdout' } as const;

interface ListArguments {
  since: string | undefined;
  actor: string | undefined;
  action: string | undefined;
  outcome: string | undefined;
  limit: string;
  json: boolean;
}

const listCommand: CommandModule<object, ListArguments> = {
  command: ['list', '$0'],
  describe: 'who did what, who was denied what, and how it ended; the newest last',
  builder: (yargs) =>
    yargs
      .option('since', { type: 'string', requiresArg: true, describe: 'since then: 30m, 12h, 7d, or a time' })
      .option('actor', {
        type: 'string',
        requiresArg: true,
        describe: 'part of a role, an account, a host or a person',
      })
      .option('action', { choices: auditActions, requiresArg: true, describe: 'of this kind' })
      .option('outcome', { choices: auditOutcomes, requiresArg: true, describe: 'that ended so' })
      .option('limit', { type: 'string', requiresArg: true, default: '100', describe: 'so many at most, the newest' })
      .option('json', jsonOption)
      .example('orderflow audit list --since 12h', 'what happened today')
      .example('orderflow audit list --outcome denied --actor validator', 'what a stage was denied') as never,
  handler: async ({ since, limit, json, ...filter }) => {
    const asked = { ...filter, ...(since !== undefined && { since: timeFrom('since', since) }) };
    const most = wholeNumber('limit', limit, 1);
    const events = await withPool(ours(loadConfig()), (pool) => listAuditEvents(pool, asked, most));
    if (json) return console.log(JSON.stringify({ events: events.map(eventJson) }));
    if (events.length === 0) return console.log('no events');
    console.log(table(['event', 'time', 'by', 'action', 'outcome', 'what', 'details'], events.map(eventRow)));
    if (events.length === most) console.log(`these are the last ${most}: --limit shows more`);
  },
};

const eventJson = ({ atMicros, details, previousHash, hash, ...event }: AuditEvent) => ({
  ...event,
  at: new Date(millisOf({ atMicros })).toISOString(),
  details: JSON.parse(details) as unknown,
  previousHash: hexOf(previousHash),
  hash: hexOf(hash),
});

function eventRow(event: AuditEvent): string[] {
  const { seq, principal, host, person, role, action, outcome, subjects, details } = event;
  const account = `${principal || role}${host === '' ? '' : `@${host}`}`;
  const by = person === '' ? account : `${person} (${account})`;
  const what = subjects.length > 3 ? `${subjects.slice(0, 3).join(', ')} and ${subjects.length - 3} more` : subjects.join(', '); // prettier-ignore
  return [String(seq), new Date(millisOf(event)).toISOString(), by, action, outcome, what, details];
}

const verifyCommand: CommandModule<object, { head: string | undefined; tableOnly: boolean; json: boolean }> = {
  command: 'verify',
  describe: 'whether an event was changed, taken out or put in: by the hash chain, and by the copies on the topic',
  builder: (yargs) =>
    yargs
      .option('head', { type: 'string', requiresArg: true, describe: 'a head that `audit head` has shown: SEQ:HASH' })
      .option('table-only', { type: 'boolean', default: false, describe: 'leave out the topic' })
      .option('json', jsonOption)
      .example('orderflow audit verify', 'exit status 1, and the first broken event, where one is') as never,
  handler: async ({ head, tableOnly, json }) => {
    const config = loadConfig();
    const options = { tableOnly, head: head === undefined ? undefined : headFrom(head) };
    const found = await withPool(ours(config), (pool) => verifyTrail(config, pool, options));
    const { first, last, broken, compared } = found;
    if (broken) process.exitCode = 1;
    if (json) return console.log(JSON.stringify(found));
    if (broken) return console.log(`BROKEN at event ${broken.seq} (${broken.where}): ${broken.problem}`);
    const events = last < first ? 'no events' : `the events ${first} to ${last} are whole`;
    console.log(compared === null ? events : `${events}, and so are their ${compared} copies on the topic`);
    console.log(`head ${last}:${found.head}`);
  },
};

function headFrom(text: string): AuditHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined) throw badValue('head', 'expected a number, a colon and 64 hexadecimal digits', text);
  return { seq: Number(seq), hash: Buffer.from(hash!, 'hex') };
}

const headCommand: CommandModule<object, { json: boolean }> = {
  command: 'head',
  describe: 'the newest event and its hash: kept elsewhere, it says later whether all up to it is as it was',
  builder: (yargs) =>
    yargs.option('json', jsonOption).example('orderflow audit head', 'for `audit verify --head`') as never,
  handler: async ({ json }) => {
    const { seq, hash, atMicros } = await withPool(ours(loadConfig()), auditHead);
    const at = atMicros === null ? null : new Date(millisOf({ atMicros })).toISOString();
    console.log(json ? JSON.stringify({ seq, hash: hexOf(hash), at }) : `${seq}:${hexOf(hash)}`);
  },
};

const publishCommand: CommandModule<object, { again: boolean; json: boolean }> = {
  command: 'publish',
  describe: 'bring onto the topic what is not there yet; each command that changes something does, too',
  builder: (yargs) =>
    yargs
      .option('again', { type: 'boolean', default: false, describe: 'all events, for a topic that was made anew' })
      .option('json', jsonOption)
      .example('orderflow audit publish', 'when Kafka was away') as never,
  handler: async ({ again, json }) => {
    const config = loadConfig();
    const publish = () => withKafka(config, () => withPool(ours(config), (pool) => publishEvents(config, pool)));
    if (again)
      await changeInSteps(config, 'audit publish', {}, () => withPool(ours(config), (pool) => publishAgain(pool)));
    const published = await publish();
    console.log(json ? JSON.stringify({ published }) : `published: ${published}`);
  },
};

const collectCommand: CommandModule = {
  command: 'collect',
  describe: "write down what Kafka's authorizer and PostgreSQL deny, from their logs, until Ctrl-C",
  builder: (yargs) =>
    yargs.example(
      'ORDERFLOW_KAFKA_AUTHORIZER_LOG=/logs/kafka-authorizer.log ORDERFLOW_POSTGRES_LOG=/logs/postgres orderflow audit collect',
      'for servers of your own; the secured local stack does it by itself',
    ),
  handler: async () => {
    const config = loadConfig();
    console.error(`collecting from ${Object.values(config.denialLogs).join(' and ')}; Ctrl-C ends it`);
    await collect(config, {
      signal: interruptSignal(),
      onRound: () => undefined,
      onProblem: (error) => console.error(error instanceof Error ? error.message : String(error)),
    });
  },
};

export const auditCommand: Command = {
  builder: (yargs) => yargs.command([listCommand, verifyCommand, headCommand, publishCommand, collectCommand] as never),
  handler: () => {},
};
