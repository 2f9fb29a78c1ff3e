/** What README.md, CONTRIBUTING.md and the pages of docs/ say is what the project has. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandTable } from '../cli/commands.js';
import { parserFor } from '../cli/parser.js';
import { loadConfig, projectRoot } from '../config.js';
import { faults } from '../faults/faults.js';
import { allRights, grouped, type Operation, type Resource, type Right } from '../kafka/acls.js';
import { settings } from '../settings.js';
import { stages } from '../model/stages.js';
import { allTopicNames, topicNames } from '../model/topics.js';
import { travellingSettings } from '../pipelines/stage-options.js';
import { answerTable } from '../transforms/delivery/partner-answer.js';
import { inText, parentCommands, withoutBlocks } from './command-lines.js';

const { rooms } = (await import(join(projectRoot, 'scripts', 'layers.mjs'))) as { rooms: string[] };

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8');
const exists = (path: string) => existsSync(join(projectRoot, path));
const git = (...words: string[]) =>
  execFileSync('git', words, { cwd: projectRoot, encoding: 'utf8' }).split('\n').filter(Boolean);

/** The files that are the project's, those that are not committed yet too. */
const files = git('ls-files', '--cached', '--others', '--exclude-standard').filter(exists);
const topLevel = new Set(files.map((path) => path.split('/')[0]!));
const docs = readdirSync(join(projectRoot, 'docs'), { recursive: true })
  .map((name) => join('docs', String(name)))
  .filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'CONTRIBUTING.md', ...docs];

/** The cells of the table with this heading, row by row, without the heading. */
function tableOf(page: string, ...heading: string[]): string[][] {
  const rows = read(page)
    .split('\n')
    .map((line) => (line.startsWith('|') ? line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()) : null)); // prettier-ignore
  const start = rows.findIndex((cells) => cells?.join() === heading.join());
  const end = rows.indexOf(null, start);
  return rows.slice(start + 2, end) as string[][];
}

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ') || '—';
/** The targets of a page's links that are no addresses. */
const linksOf = (page: string) => [...read(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, target]) => target!);

describe('README.md', () => {
  it('has at most 150 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  it('has the table of stages', () => {
    expect(tableOf('README.md', 'stage', 'reads', 'writes', 'records', 'what it does')).toEqual(
      stages.map((stage) => [
        stage.name,
        code([stage.input]),
        code(stage.outputs),
        stage.statuses.join(', ') || '—',
        stage.does,
      ]),
    );
  });

  it('has every room and every folder of code, and none that is not there', () => {
    const named = tableOf('README.md', 'room', 'what').map(([name]) => name!.replaceAll('`', ''));
    const folders = new Set(files.filter((path) => path.includes('/')).map((path) => `${path.split('/')[0]}/`));
    const others = ['scripts/', 'tests/', 'docs/'];
    expect(named.filter((name) => !name.endsWith('/'))).toEqual(['config.ts', 'settings.ts', 'errors.ts']);
    expect(named.filter((name) => name.endsWith('/')).sort()).toEqual(
      [...folders].filter((name) => !name.startsWith('.')).sort(),
    );
    // From top to bottom, as the table of layers.
    expect(named).toEqual([...rooms.map((room) => (room.includes('.') ? room : `${room}/`)), ...others]);
  });

  it('links to every page', () => {
    const linked = new Set(linksOf('README.md').map((target) => target.replace(/#.*/, '')));
    const wanted = ['CONTRIBUTING.md', 'CHANGELOG.md', ...docs.filter((page) => dirname(page) === 'docs')];
    expect(wanted.filter((page) => !linked.has(page))).toEqual([]);
  });
});

it('docs/configuration.md has every setting with its default, in the order of settings.ts', () => {
  expect(tableOf('docs/configuration.md', 'setting', 'default', 'what')).toEqual(
    Object.entries(settings).map(([name, setting]) => [
      `\`${name}\``,
      setting.default === '' ? '' : `\`${setting.default}\``,
      setting.help,
    ]),
  );
});

it('settings that pages, images and docker-compose name are settings', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'Dockerfile',
    'docker-compose.yml',
    'docker-compose.secured.yml',
    ...docs,
  ];
  const named = pages
    .filter((page) => !page.startsWith('docs/decisions/'))
    .flatMap((page) => read(page).match(/\bORDERFLOW_[A-Z_]*[A-Z]\b/g) ?? []);
  expect([...new Set(named)].filter((name) => !(name in settings))).toEqual([]);
});

it('docs/configuration.md says of the settings that travel with a submission that they do', () => {
  const rows = tableOf('docs/configuration.md', 'read by', 'a change counts after', 'settings');
  const [travelling] = rows.filter(([reader]) => reader!.endsWith('they travel'));
  expect(travelling![2]).toBe(code(travellingSettings));
});

it('docs/faults.md has rows of the table of faults, and none of what is gone', () => {
  const rows = read('docs/faults.md').match(/^\| .+$/gm) ?? [];
  const named = rows.map((row) => row.split('|')[1]!.trim()).filter((cell) => !/^(fault|-+)$/.test(cell));
  const names = faults.map(({ name }) => name);
  expect(new Set(named)).toEqual(new Set(names));
});

it('docs/commands.md has every command, in the order of the help page', () => {
  expect(tableOf('docs/commands.md', 'command', 'what it does')).toEqual(
    commandTable.map(({ command, describe }) => [`\`orderflow ${command}\``, describe]),
  );
});

it('docs/partners.md has the table of answers', () => {
  expect(tableOf('docs/partners.md', 'answer', 'verdict', 'what it means')).toEqual(
    answerTable.map(({ answer, verdict, means }) => [answer, verdict, means]),
  );
});

describe('docs/security.md', () => {
  const rights = allRights(loadConfig({ ORDERFLOW_KAFKA_PRODUCERS: 'producers' }));
  const named = (type: Resource['type']) =>
    grouped(
      rights.filter(({ resource }) => resource.type === type),
      ({ resource }) => resource.name,
    );
  const who = (same: readonly Right[], ...operations: Operation[]) =>
    same
      .filter((right) => operations.some((one) => right.operations.includes(one)))
      .map(({ principal }) => principal)
      .join(', ') || '—';
  const nameOf = ([first]: readonly Right[]) =>
    `\`${first!.resource.name}${first!.resource.pattern === 'prefixed' ? '*' : ''}\``;

  it('has who may do what with each topic', () => {
    const rows = named('topic').map((same) => [
      nameOf(same),
      who(same, 'READ'),
      who(same, 'WRITE'),
      who(
        same.filter(({ operations }) => operations.join() === 'DESCRIBE'),
        'DESCRIBE',
      ),
      who(same, 'CREATE', 'ALTER', 'ALTER_CONFIGS'),
    ]);
    const order = allTopicNames.map((name) => rows.find(([first]) => first === `\`${name}\``));
    expect(
      tableOf('docs/security.md', 'topic', 'read by', 'written by', 'only seen by', 'made and changed by'),
    ).toEqual(order);
  });

  it('has who may do what with each group', () => {
    const rows = named('group').map((same) => [
      nameOf(same),
      who(same, 'READ'),
      who(
        same.filter(({ operations }) => !operations.includes('READ')),
        'DESCRIBE',
      ),
      who(same, 'DELETE'),
    ]);
    expect(tableOf('docs/security.md', 'group', 'members', 'seen by', 'reset by')).toEqual(rows);
  });
});

describe('docs/glossary.md', () => {
  const entries = tableOf('docs/glossary.md', 'word', 'what it is');
  const linked = entries.map(([word]) => join('docs', /\]\(([^)]+)\)$/.exec(word!)![1]!));

  it('links each word to the file that defines it', () => {
    expect(linked.filter((file) => !exists(file))).toEqual([]);
    expect(entries.length).toBeGreaterThanOrEqual(11);
  });

  it('is linked from these files, and from no others', () => {
    const linking = git('grep', '-l', 'docs/glossary.md', '--', '*.ts', '*.proto', ':!tests');
    expect(linking).toEqual([...new Set(linked)].sort());
  });
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
      expect(exists(join('transforms', `${name}.ts`)), name).toBe(true);
      expect(exists(join('tests', 'transforms', `${name}.test.ts`)), name).toBe(true);
    }
  });
});

describe.each([...pages, 'CHANGELOG.md'])('%s', (page) => {
  it('links to files and headings that are there', () => {
    const anchorsOf = (file: string) =>
      [...withoutBlocks(read(file)).matchAll(/^#+ (.+)$/gm)].map(
        ([, heading]) =>
        heading!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'), // prettier-ignore
      );
    const isThere = (target: string) => {
      const [path, anchor] = target.split('#') as [string, string?];
      const file = path === '' ? page : join(dirname(page), path);
      return exists(file) && (anchor === undefined || anchorsOf(file).includes(anchor));
    };
    expect(linksOf(page).filter((target) => !isThere(target))).toEqual([]);
  });
});

describe.each(pages)('%s', (page) => {
  /** Files that somebody is to make, whose names stand for any. */
  const isExample = (path: string) => /late-payment|what-it-says|\b(NAME|STREAM)\b/.test(path);
  /** Paths in the npm package apache-beam, whose holes are described; tests are named without `tests/` there. */
  const isOnHoles = page === 'docs/sdk-holes.md';

  function isOfProject(word: string): boolean {
    if (isExample(word) || (isOnHoles && word.endsWith('.js'))) return false;
    if (word.includes('/')) return topLevel.has(word.split('/')[0]!) || /^dist\/.+\.js$/.test(word);
    return /^[\w.-]+\.(ts|tsx|mjs|md|json|yml|yaml|proto|svg)$/.test(word);
  }

  function isThere(word: string): boolean {
    if (word.startsWith('dist/')) return exists(word.slice('dist/'.length).replace(/\.js$/, '.ts'));
    if (word.includes('/')) return exists(word) || (isOnHoles && exists(join('tests', word)));
    return files.some((path) => basename(path) === word);
  }

  it('names files and folders that are there', () => {
    const words = inText(page)
      .flatMap((text) => text.split(/\s+/))
      .map((word) => word.replace(/^(\.\/|["'(])+|["'),:;]+$/g, ''));
    expect(words.filter((word) => isOfProject(word) && !isThere(word))).toEqual([]);
  });

  it('names npm scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(page).matchAll(/\bnpm (?:run ([\w:]+)|(test)\b)/g)].map(([, run, test]) => run ?? test!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('the command lines', () => {
  const blocksOf = (page: string) => [...read(page).matchAll(/```sh\n([^]*?)```/g)].map(([, text]) => text!);
  const lines = pages
    .flatMap((page) => [...blocksOf(page).flatMap((text) => text.split('\n')), ...inText(page)])
    .flatMap((line) => line.replace(/\s#.*/, '').split(' && '))
    .map((line) => line.replace(/^(\w+=\S+ )+/, ''))
    // `orderflow --version`, and `orderflow completion`, which yargs has made.
    .filter((line) => /^orderflow (?!-|completion)/.test(line));
  /** The options that are named, by command. */
  const options = new Map<string, Set<string>>();
  for (const line of lines) {
    const [, name, ...words] = line.split(/\s+/);
    // The commands of a command have their own help.
    let path = name!;
    for (const word of words) {
      if (!parentCommands.includes(path)) break;
      path = `${path} ${word}`;
    }
    options.set(path, new Set([...(options.get(path) ?? []), ...words.filter((word) => word.startsWith('--'))]));
  }

  async function helpOf(path: string): Promise<string> {
    const words = [...path.split(' '), '--help'];
    const parser = (await parserFor(words)).wrap(null).exitProcess(false);
    return new Promise((resolve) => void parser.parse(words, {}, (_error, _arguments, output) => resolve(output)));
  }

  it.each([...options])('`orderflow %s` has its options, and an example', async (path, named) => {
    const help = await helpOf(path);
    for (const text of [parentCommands.includes(path) ? 'Commands:' : 'Examples:', ...named])
      expect(help).toContain(text);
  });
});

describe('the settings of editors', () => {
  it('are those of Prettier, and of package.json', () => {
    const { printWidth } = JSON.parse(read('.prettierrc.json')) as { printWidth: number };
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(read('.editorconfig')).toContain(`max_line_length = ${printWidth}\n`);
    expect(read('.gitattributes')).toContain('* text=auto eol=lf\n');
    expect(read('.editorconfig')).toContain('end_of_line = lf\n');
    expect(engines.node).toContain(`>=${read('.nvmrc').trim()}`);
  });
});
