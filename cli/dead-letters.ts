/** `orderflow dead-letters list` and `orderflow dead-letters replay`. */
import type { Argv, CommandModule } from 'yargs';
import { accountName, changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { byLetter, filterLetters, readLetters, stateOf, type LetterFilter } from '../dead-letters/letters.js';
import { replay, type Replayed, type ReplayOutcome } from '../dead-letters/replay.js';
import { OperatorError } from '../errors.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { readReleases, type ReleaseLine } from '../metastore/releases.js';
import { stageNames } from '../model/stages.js';
import { v1 } from '../proto/messages.js';
import type { Command } from './command.js';
import { idFrom } from './ids.js';
import { table } from './table.js';
import { timeFrom } from './times.js';

const reasons = Object.keys(v1.DeadLetterReason).filter((name) => /^[A-Z_]+$/.test(name) && !/UNSPECIFIED/.test(name));
const time = (millis: number) => new Date(millis).toISOString();
const badArguments = (problem: string) => new OperatorError('BAD_ARGUMENTS', problem, { exitCode: 2 });

interface FilterArguments {
  step: string | undefined;
  reason: string | undefined;
  order: string | undefined;
  since: string | undefined;
  limit: number | undefined;
}

const withFilters = <T>(yargs: Argv<T>) =>
  yargs
    .option('step', { choices: stageNames, requiresArg: true, describe: 'set aside by this stage' })
    .option('reason', { choices: reasons, requiresArg: true, describe: 'set aside for this reason' })
    .option('order', { type: 'string', requiresArg: true, describe: 'of this order', coerce: idFrom })
    .option('since', { type: 'string', requiresArg: true, describe: 'set aside since then: 30m, 12h, 7d, or a time' })
    .option('limit', { type: 'number', requiresArg: true, describe: 'so many at most, the first ones' })
    .check(({ limit }) => {
      if (limit === undefined || (Number.isInteger(limit) && limit > 0)) return true;
      throw badArguments('--limit: expected a whole number, 1 or more');
    });

const filterFrom = ({ step, reason, order, since, limit }: FilterArguments): LetterFilter => ({
  step,
  reason,
  order,
  limit,
  ...(since !== undefined && { since: timeFrom('since', since) }),
});

function releasesText(releases: readonly ReleaseLine[]): string {
  const newest = releases.at(-1);
  if (!newest) return '';
  const when = newest.sentAt === null ? `claimed ${time(newest.claimedAt)}` : time(newest.sentAt);
  return `${releases.length}x, last ${when}`;
}

const listCommand: CommandModule<object, FilterArguments & { json: boolean }> = {
  command: 'list',
  describe: 'what was set aside, when, where and why, and whether it was released since; the oldest first',
  builder: (yargs) =>
    withFilters(yargs)
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow dead-letters list --step validator --since 12h', 'what the validator set aside today')
      .example('orderflow dead-letters list --json | jq .deadLetters[].reason', 'times in milliseconds') as never,
  handler: async ({ json, ...filters }) => {
    const config = loadConfig();
    const filter = filterFrom(filters);
    const { letters, unreadable } = await readLetters(config);
    const chosen = filterLetters(letters, filter);
    const ids = chosen.map(({ id }) => id);
    const releases = byLetter(
      await withPool(databaseOf(config, 'page'), (pool) => readReleases(pool, { letters: ids })),
    );
    const shown = chosen.map((letter) => {
      const { id, at, topic, step, reason, error, orderId, messageId } = letter;
      const of = releases.get(id) ?? [];
      return { id, at, topic, step, reason, error, orderId, messageId, state: stateOf(letter, of), releases: of };
    });
    if (json) return console.log(JSON.stringify({ deadLetters: shown, unreadable }));
    if (shown.length === 0) console.log('no dead letters');
    else {
      const rows = shown.map((letter) => {
        const { id, at, reason, orderId, state, releases: of, error } = letter;
        return [id, time(at), reason, orderId, state, releasesText(of), error];
      });
      console.log(table(['dead letter', 'set aside', 'reason', 'order', 'state', 'released', 'error'], rows));
    }
    if (unreadable > 0) console.log(`${unreadable} records of the topic are no dead letters of Orderflow`);
  },
};

interface ReplayArguments extends FilterArguments {
  id: string[] | undefined;
  all: boolean;
  why: string;
  'dry-run': boolean;
  json: boolean;
}

const replayCommand: CommandModule<object, ReplayArguments> = {
  command: 'replay [id..]',
  describe: 'send dead letters back to the topic that they came from, each once until it comes back',
  builder: (yargs) =>
    withFilters(yargs)
      .positional('id', { type: 'string', array: true, describe: 'as `list` shows them' })
      .option('all', { type: 'boolean', default: false, describe: 'instead of ids: all that the filters let pass' })
      .option('why', { type: 'string', requiresArg: true, default: '', describe: 'is kept with the release' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'say what would be sent, and send nothing' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .check(({ id = [], all, step, reason, order, since, limit }) => {
        if (all && id.length > 0) throw badArguments('give ids or --all, not both');
        if (!all && id.length === 0) throw badArguments('name dead letters by their ids, or give --all');
        const isFiltered = [step, reason, order, since, limit].some((value) => value !== undefined);
        if (!all && isFiltered) throw badArguments('the filters go with --all: leave them out, or the ids');
        return true;
      })
      .example('orderflow dead-letters replay raw_order/3/1234/validator', 'releases one; the order says so then')
      .example('orderflow dead-letters replay --all --reason DELIVERY_REFUSED --dry-run', 'what would be sent again')
      .example('orderflow dead-letters replay --all --step enricher --why "locations added"', 'and says why') as never,
  handler: async ({ id = [], all, why, dryRun, json, ...filters }) => {
    const selection = all ? { all: filterFrom(filters) } : { ids: id };
    const config = loadConfig();
    const send = () =>
      replay(config, selection, {
        by: accountName(),
        why,
        isDryRun: dryRun as boolean,
        onWait: () => console.error('another replay is under way: waiting until it ends'),
        onProgress: (sent, of) => void (process.stderr.isTTY && console.error(`sent ${sent} of ${of}`)),
      });
    const said = { subjects: id.map(letterSubject), details: { why, ...(all && { all: filterFrom(filters) }) } };
    const replayed = dryRun
      ? await send()
      : await changeInSteps(config, 'dead-letters replay', said, send, whatWasSent);
    if (json) console.log(JSON.stringify({ isDryRun: dryRun, releases: replayed }));
    else console.log(replayText(replayed, dryRun as boolean, all));
    // Of those that were named, each one is wanted; with --all some are not to be released.
    if (!all && replayed.some(({ outcome }) => outcome === 'refused' || outcome === 'released')) process.exitCode = 1;
  },
};

const letterSubject = (id: string) => `dead letter ${id}`;

function whatWasSent(replayed: readonly Replayed[]) {
  const sent = replayed.filter(({ outcome }) => outcome === 'sent' || outcome === 'sent again');
  return { subjects: sent.map(({ id }) => letterSubject(id)), details: { sent: sent.length } };
}

const said: Record<ReplayOutcome, string> = {
  sent: 'sent',
  'sent again': 'sent again: a replay before was cut off, and its stage takes the release once',
  released: 'not sent: it was before, and has not come back',
  refused: 'refused',
};

/** One line for each letter; with --all those that were sent long ago are only counted. */
function replayText(replayed: readonly Replayed[], isDryRun: boolean, isAll: boolean): string {
  const shown = isAll ? replayed.filter(({ outcome }) => outcome !== 'released') : replayed;
  const rows = shown.map(({ id, release, outcome, problem }) => [id, String(release), problem || said[outcome]]);
  const sent = replayed.filter(({ outcome }) => outcome === 'sent' || outcome === 'sent again').length;
  const refused = replayed.filter(({ outcome }) => outcome === 'refused').length;
  const before = replayed.length - sent - refused;
  return [
    ...(rows.length > 0 ? [table(['dead letter', 'release', 'what'], rows)] : []),
    `${isDryRun ? 'would be sent' : 'sent'} ${sent}, refused ${refused}, released before ${before}`,
  ].join('\n');
}

export const deadLettersCommand: Command = {
  builder: (yargs) =>
    yargs.command([listCommand, replayCommand] as never).demandCommand(1, 'dead-letters list, or dead-letters replay'),
  handler: () => {},
};
