/** What README.md says is what the code has. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../cli/commands.js';
import { projectRoot, settings } from '../config.js';
import { stages } from '../model/stages.js';
import { topicNames } from '../model/topics.js';
import { orderflow } from './cli/orderflow.js';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');

/** The cells of the table with this heading, row by row, without the heading. */
function tableOf(...heading: string[]): string[][] {
  const rows = readme
    .split('\n')
    .map((line) => (line.startsWith('|') ? line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()) : null)); // prettier-ignore
  const start = rows.findIndex((cells) => cells?.join() === heading.join());
  const end = rows.indexOf(null, start);
  return rows.slice(start + 2, end) as string[][];
}

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ') || '—';

it('has the table of stages', () => {
  expect(tableOf('stage', 'reads', 'writes', 'records', 'what it does')).toEqual(
    stages.map((stage) => [
      stage.name,
      code([stage.input]),
      code(stage.outputs),
      stage.statuses.join(', ') || '—',
      stage.does,
    ]),
  );
});

it('has every setting with its default, in the order of config.ts', () => {
  expect(tableOf('setting', 'default', 'what')).toEqual(
    Object.entries(settings).map(([name, setting]) => [
      `\`${name}\``,
      setting.default === '' ? '' : `\`${setting.default}\``,
      setting.help,
    ]),
  );
});

it('has every command, in the order of the help page', () => {
  expect(tableOf('command', 'what it does')).toEqual(
    commands.map(({ command, describe }) => [`\`orderflow ${String(command)}\``, String(describe)]),
  );
});

it('has every folder and file of code, and none that is not there', () => {
  const tracked = execFileSync('git', ['ls-files'], { cwd: projectRoot, encoding: 'utf8' }).split('\n');
  const folders = new Set(tracked.filter((path) => path.includes('/')).map((path) => `${path.split('/')[0]}/`));
  const named = tableOf('folder', 'what').map(([name]) => name!.replaceAll('`', ''));
  expect(named.filter((name) => !name.endsWith('/'))).toEqual(['config.ts', 'errors.ts']);
  expect(named.filter((name) => name.endsWith('/')).sort()).toEqual(
    [...folders].filter((name) => !name.startsWith('.')).sort(),
  );
});

describe('the topics', () => {
  const written = new Set<string>(stages.flatMap(({ outputs }) => outputs));

  it('are written by a stage, or by the producers of orders', () => {
    expect(topicNames.filter((topic) => !written.has(topic))).toEqual(['raw_order']);
  });

  it('are read by stages that come after their writers', () => {
    const order = (topic: string) => stages.findIndex(({ outputs }) => (outputs as readonly string[]).includes(topic));
    for (const [index, { input }] of stages.entries()) expect(order(input)).toBeLessThan(index);
  });
});

describe('the stages', () => {
  it('have a file of their name, and a test', () => {
    for (const { name } of stages) {
      expect(existsSync(join(projectRoot, 'transforms', `${name}.ts`)), name).toBe(true);
      expect(existsSync(join(projectRoot, 'tests', 'transforms', `${name}.test.ts`)), name).toBe(true);
    }
  });
});

it('links to files that are there, as all documents do', async () => {
  const docs = (await readdir(join(projectRoot, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'));
  for (const file of ['README.md', ...docs.map((name) => join('docs', name))]) {
    const text = readFileSync(join(projectRoot, file), 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      expect(existsSync(join(projectRoot, dirname(file), target!)), `${file}: ${target}`).toBe(true);
    }
  }
});

describe('the command lines', () => {
  const blocks = [...readme.matchAll(/```sh\n([^]*?)```/g)].map(([, text]) => text!).join('\n');
  const inBlocks = blocks.split('\n').flatMap((line) => line.split(' && '));
  const inText = [...readme.matchAll(/`(orderflow [^`]+)`/g)].map(([, text]) => text!);
  const lines = [...inBlocks, ...inText].filter((line) => line.startsWith('orderflow '));
  const parents = ['topics', 'dead-letters', 'druid'];
  /** The options that are named, by command. */
  const options = new Map<string, Set<string>>();
  for (const line of lines) {
    const [, name, ...words] = line.split(/\s+/);
    // The commands of a command have their own help.
    const path = parents.includes(name!) && words[0] ? `${name} ${words[0]}` : name!;
    options.set(path, new Set([...(options.get(path) ?? []), ...words.filter((word) => word.startsWith('--'))]));
  }

  it.concurrent.each([...options])('`orderflow %s` has its options, and an example', async (path, named) => {
    const { code, stdout, stderr } = await orderflow([...path.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const text of [parents.includes(path) ? 'Commands:' : 'Examples:', ...named]) expect(stdout).toContain(text);
  });
});
