/** The command lines of `orderflow` that stand in the pages, to be run by tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../config.js';

export interface CommandLine {
  /** As it stands in the page. */
  readonly text: string;
  /** What it sets in front of the command. */
  readonly settings: Readonly<Record<string, string>>;
  /** What comes after `orderflow`. */
  readonly words: readonly string[];
}

/** What a page means by a word that is no word of the command. */
export type Meanings = Readonly<Record<string, string>>;

/** The text of a page outside of blocks of code. */
export const withoutBlocks = (text: string): string => text.replace(/^```[^]*?^```/gm, '');

/** What stands between backticks in a page, outside of blocks of code. */
export const inText = (page: string): string[] =>
  [...withoutBlocks(readFileSync(join(projectRoot, page), 'utf8')).matchAll(/`([^`]+)`/g)].map(([, text]) => text!);

/**
 * Each command line of a page once, with what the page leaves open replaced: STAGE by what `meanings` has for it. A heading of a table such as
 * `orderflow logs <service>` is none, and what yargs itself does (`orderflow --version`, `orderflow completion`) is left out.
 */
export function commandLinesOf(page: string, meanings: Meanings): CommandLine[] {
  const blocks = [...readFileSync(join(projectRoot, page), 'utf8').matchAll(/^```sh\n([^]*?)^```/gm)].map(
    ([, text]) => text!,
  );
  const lines = [...blocks.flatMap((block) => block.split('\n')), ...inText(page)]
    .flatMap((line) => line.replace(/\s+(#.*|>> .*)?$/, '').split(' && '))
    .filter((line) => /^(\w+=\S+ )*orderflow (?!-|completion)/.test(line) && !/[<[]/.test(line));
  return [...new Set(lines)].map((text) => {
    const words = wordsOf(text).map((word) => meanings[word] ?? word);
    const start = words.indexOf('orderflow');
    const settings = words.slice(0, start).map((word) => {
      const [name, value] = word.split('=') as [string, string];
      return [name, meanings[value] ?? value];
    });
    return { text, settings: Object.fromEntries(settings) as Record<string, string>, words: words.slice(start + 1) };
  });
}

/** A line's words, as a shell parts them. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain!);

/** Commands that have commands of their own. */
export const parentCommands: readonly string[] = [
  ...['schema', 'schema roles', 'reference', 'retention', 'topics', 'parked', 'dead-letters', 'druid', 'audit', 'acls'],
];
