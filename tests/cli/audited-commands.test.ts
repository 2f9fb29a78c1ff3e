/** Every command that changes something leaves events in the audit trail: a new one has to say whether it does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import yargs, { type Argv } from 'yargs';
import { commandTable } from '../../cli/commands.js';
import { projectRoot } from '../../config.js';
import { auditedCommands } from '../../model/audit.js';

/** Those that leave none, and why. */
const others: Readonly<Record<string, string>> = {
  up: 'starts processes of this machine, before there is a trail',
  down: 'stops them',
  'certificates list': 'reads',
  'schema roles plan': 'reads',
  'acls plan': 'reads',
  'acls export': 'asks nobody',
  'certificates docker': 'files of this machine',
  'certificates renew': 'files of this machine, which may be what keeps the metastore from answering',
  status: 'reads',
  logs: 'reads',
  'topics tail': 'reads',
  run: 'has no server',
  generate: 'publishes orders: they are their own record',
  order: 'reads',
  cubes: 'reads; what it refuses is recorded where it does',
  reconcile: 'reads',
  'parked list': 'reads',
  'dead-letters list': 'reads',
  'druid status': 'reads',
  'druid query': 'reads',
  'archive verify': 'reads',
  'audit list': 'reads',
  'audit verify': 'reads',
  'audit head': 'reads',
  'audit collect': 'writes to the trail alone',
};

interface Inner {
  getInternalMethods(): { getCommandInstance(): { handlers: Record<string, { builder: (yargs: Argv) => Argv }> } };
  getOptions(): { choices: Record<string, string[]> };
}

/** The words of all commands that do something, from a command's own builder. */
function wordsOf(name: string, builder: (yargs: Argv) => Argv): string[] {
  const parser = builder(yargs([]).help(false).version(false)) as unknown as Inner;
  const inner = Object.entries(parser.getInternalMethods().getCommandInstance().handlers);
  // `$0` is what the command does by itself.
  const wordOf = (part: string) => (part === '$0' ? name : `${name} ${part}`);
  if (inner.length > 0) return inner.flatMap(([part, row]) => wordsOf(wordOf(part), row.builder));
  // `certificates list` has its action as an argument.
  return name === 'certificates' ? parser.getOptions().choices.action!.map((action) => `${name} ${action}`) : [name];
}

async function commands(): Promise<string[]> {
  const rows = await Promise.all(
    commandTable.map(async ({ command, load }) => wordsOf(command.split(' ')[0]!, (await load()).builder)),
  );
  return rows.flat();
}

it('knows of every command whether it leaves events', async () => {
  expect((await commands()).sort()).toEqual([...auditedCommands, ...Object.keys(others)].sort());
});

it('names each of them where the event is made', () => {
  const folders = ['cli', 'demo'];
  const sources = folders.flatMap((folder) =>
    readdirSync(join(projectRoot, folder)).map((name) => readFileSync(join(projectRoot, folder, name), 'utf8')),
  );
  const made = (action: string) =>
    sources.some((text) => new RegExp(`(changeIn(Metastore|Steps)|change)\\([^;]*'${action}'`).test(text));
  expect(auditedCommands.filter((action) => !made(action))).toEqual([]);
});
