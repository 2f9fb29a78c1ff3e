/** `npm run faults`: kills and disturbs every part of the stack under load, and accounts for each order afterwards. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { positiveNumber, requireSingle, wholeNumber } from '../cli/numbers.js';
import { failWith, runProgram, helpWidth } from '../cli/program.js';
import { reconcileText } from '../cli/report-text.js';
import { loadConfig } from '../config.js';
import { profiles } from '../model/profiles.js';
import { OperatorError } from '../errors.js';
import { faults, faultsOf } from './faults.js';
import { type FaultRow, isGood } from './row.js';
import { runFaults } from './suite.js';
import { faultsTable } from './table.js';

const names = faults.map(({ name }) => name);

async function main(): Promise<void> {
  const { profile, seed, rate, only, keep, json } = yargs(hideBin(process.argv))
    .scriptName('npm run faults --')
    .option('profile', { choices: profiles, requiresArg: true, describe: 'the local stack that is struck' })
    .option('seed', { type: 'string', requiresArg: true, default: '1', describe: 'the same seed, the same victims' })
    .option('rate', { type: 'string', requiresArg: true, default: '510', describe: 'orders per second' })
    .option('only', { type: 'string', array: true, choices: names, describe: 'these faults alone' })
    .option('keep', { type: 'boolean', default: false, describe: 'leave the stack and the jobs up' })
    .option('json', { type: 'boolean', default: false, describe: 'the result as one JSON object on stdout' })
    .example('npm run faults -- --seed 7', 'all faults, with other victims and moments')
    .example('npm run faults -- --only kafka postgres --keep', 'two of them')
    .example('npm run faults -- --profile secured', 'those of secrets and rights, too')
    .strict()
    .wrap(helpWidth())
    .version(false)
    .fail(failWith())
    .parseSync();
  requireSingle({ seed, rate });
  if (profile !== undefined) process.env.ORDERFLOW_PROFILE = profile;
  const config = loadConfig();
  const there = faultsOf(config.profile);
  const missing = only?.find((name) => !there.some((fault) => fault.name === name));
  if (missing !== undefined)
    throw new OperatorError('BAD_ARGUMENTS', `${missing}: only with --profile secured`, { exitCode: 2 });
  const result = await runFaults(config, {
    faults: there.filter(({ name }) => only?.includes(name) ?? true),
    seed: wholeNumber('seed', seed, 0),
    rate: positiveNumber('rate', rate),
    keep,
    onPhase: (fault, phase) => console.error(`${fault}: ${phase}`),
    onRow: (row) => console.error(rowText(row)),
  });
  if (json) console.log(JSON.stringify(result));
  else {
    const minutes = (result.seconds / 60).toFixed(1);
    console.log(`${faultsTable(result.rows)}\n\n${reconcileText(result.whole)}\n\nseed ${result.seed}, ${minutes} min`);
  }
  if (!result.isGood) process.exitCode = 1;
}

function rowText(row: FaultRow): string {
  const said = row.said === null ? '' : `\nsaid: ${row.said}`;
  return `${row.fault}: ${isGood(row) ? 'good' : 'NOT GOOD'}\n${faultsTable([row])}${said}`;
}

await runProgram('faults', main);
