/** Every command line in the pages is one that the command takes, on a machine where nothing runs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parserFor } from '../../cli/parser.js';
import { projectRoot } from '../../config.js';
import { OperatorError } from '../../errors.js';
import { commandLinesOf, inText, parentCommands } from '../command-lines.js';
import { nothingRuns } from './orderflow.js';

const docs = readdirSync(join(projectRoot, 'docs'), { recursive: true }).map((name) => join('docs', String(name)));
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.filter((name) => name.endsWith('.md'))];

const reference = 'metastore/reference/default.json';
const meanings = {
  STAGE: 'validator',
  'STAGE…|all': 'all',
  NAME: 'validator',
  SERVICE: 'kafka',
  STREAM: 'raw_order',
  TOPIC: 'raw_order',
  X: 'O-1001',
  ID: 'O-1001',
  'ID…': 'raw_order/3/1234/validator',
  PATH: '/no/such/savepoint',
  SAVEPOINT: '/no/such/savepoint',
  FILE: reference,
  'data.json': reference,
  '…': '127.0.0.1:1',
};

/** They do something where nothing runs, too: what they are given is looked at, and they are not run. */
const lookedAt = new Set([
  ...['audit', 'certificates', 'up', 'down', 'demo', 'cubes', 'generate', 'run', 'logs', 'status'],
]);

/** Each line but for the profile: it would be set for the whole process. */
const all = pages
  .flatMap((page) => commandLinesOf(page, meanings))
  .map((line) => ({ ...line, words: line.words.filter((word) => word !== '--profile' && word !== 'secured') }));
const lines = [...new Map(all.map((line) => [line.text, line])).values()];
/** Options that operations.md names by themselves, and lines that have them. */
const optionLines: Readonly<Record<string, string>> = {
  '--since 12h': 'reconcile --since 12h',
  '--order ID': 'reconcile --order O-1001',
  '--again 48': 'submit aggregator --fresh --again 48',
  '--drop-state': 'submit router --drop-state',
  '--all': 'dead-letters replay --all --why mended',
  '--dry-run': 'dead-letters replay --all --dry-run',
  '--why': 'dead-letters replay raw_order/3/1234/validator --why mended',
  '--personal': 'topics tail raw_order --personal',
  '--json': 'erase-customer C-000042 --json',
  '--new-key': 'customer-keys rewrap --new-key',
  '--once': 'demo --once',
};

class LookedAt extends Error {}

/** Resolves to the error that the command ends with; null for none. */
async function run(words: readonly string[]): Promise<unknown> {
  try {
    const parser = await parserFor(words);
    if (lookedAt.has(words[0]!))
      parser.check(() => {
        throw new LookedAt();
      });
    await parser.parseAsync();
    return null;
  } catch (error) {
    return error;
  }
}

beforeAll(() => {
  for (const [name, value] of Object.entries(nothingRuns)) vi.stubEnv(name, value);
  vi.spyOn(console, 'log').mockImplementation(() => {});
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('are many', () => {
  expect(lines.length).toBeGreaterThan(60);
});

it.concurrent.each(lines)('takes `$text`', async ({ words }) => {
  const error = await run(words);
  if (error === null || error instanceof LookedAt) return;
  expect(error).toBeInstanceOf(OperatorError);
  const { exitCode, message } = error as OperatorError;
  // Where the text names a command, and not how it is called.
  const isName =
    words.length === (parentCommands.includes(words[0]!) ? 2 : 1) ||
    (words.length === 1 && parentCommands.includes(words[0]!));
  expect(isName ? 1 : exitCode, message).toBe(1);
});

it.concurrent.each(Object.entries(optionLines))('takes `%s` of docs/operations.md', async (_option, line) => {
  const error = await run(line.split(' '));
  if (!(error instanceof LookedAt)) expect(error).toMatchObject({ exitCode: 1 });
});

it('has a line for each option that docs/operations.md names by itself', () => {
  const named = inText('docs/operations.md').filter((text) => text.startsWith('--'));
  expect(named.filter((text) => !(text in optionLines))).toEqual([]);
});
