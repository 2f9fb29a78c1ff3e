/** What the command says of itself: its commands, its version, and what the shell completes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandTable } from '../../cli/commands.js';
import { projectRoot } from '../../config.js';
import { stageNames } from '../../model/stages.js';
import { orderflow } from './orderflow.js';

const linesOf = (text: string) => text.split('\n').filter(Boolean);

it('lists all commands', async () => {
  const { code, stdout, stderr } = await orderflow(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const named = linesOf(stdout).map((line) => /^ {2}orderflow ([\w-]+)/.exec(line)?.[1]);
  const commands = [...commandTable.map(({ command }) => command.split(' ')[0]), 'completion'];
  expect(named.filter(Boolean)).toEqual(commands);
});

it('knows its version', async () => {
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  expect(await orderflow(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

it('prints a script for the shell, which asks the command', async () => {
  const { code, stdout } = await orderflow(['completion']);
  expect(code).toBe(0);
  expect(stdout).toContain('orderflow --get-yargs-completions');
});

it.concurrent.each([
  ['', commandTable.map(({ command }) => command.split(' ')[0])],
  ['submit ', [...stageNames, 'all', '--fresh', '--from']],
  ['restart rou', ['router']],
  ['run ', stageNames],
  ['dead-letters ', ['list', 'replay']],
  ['topics tail ', ['raw_order', 'dead_letter']],
  ['order --', ['--json']],
])('completes `orderflow %s`', async (line, wanted) => {
  const { stdout } = await orderflow(['--get-yargs-completions', 'orderflow', ...line.split(' ')]);
  expect(linesOf(stdout)).toEqual(expect.arrayContaining([...wanted]));
});

it('completes no stages where none are meant', async () => {
  const { stdout } = await orderflow(['--get-yargs-completions', 'orderflow', 'order', '']);
  expect(linesOf(stdout).filter((word) => (stageNames as readonly string[]).includes(word))).toEqual([]);
});
