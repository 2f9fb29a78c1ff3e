/** That the layers' rules find what they are for. `npm run check` holds the project itself against them. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { projectRoot } from '../../config.js';

let folder = '';
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What dependency-cruiser finds in a project of these files. */
async function violations(files: Record<string, string>): Promise<string[]> {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-layers-'));
  for (const [path, text] of Object.entries({ 'tsconfig.json': '{}', ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const program = join(projectRoot, 'node_modules', '.bin', 'depcruise');
  const config = join(projectRoot, 'scripts', 'dependency-cruiser.mjs');
  const sources = Object.keys(files).filter((path) => !path.startsWith('node_modules'));
  const report = await new Promise<string>((resolve) =>
    execFile(program, ['--config', config, '--output-type', 'json', ...sources], { cwd: folder }, (_error, stdout) =>
      resolve(stdout),
    ),
  );
  const { summary } = JSON.parse(report) as { summary: { violations: { rule: { name: string }; from: string }[] } };
  return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`).sort();
}

const stages = { 'model/stages.ts': "export type StageName = 'router';\n" };

describe('the layers', () => {
  test('let a room use those below it', async () => {
    expect(await violations({ ...stages, 'kafka/lag.ts': "import '../model/stages.js';\n" })).toEqual([]);
  });

  test('keep what is known of orders out of beam/, types too', async () => {
    const asked = "import type { StageName } from '../../model/stages.js';\nexport type Name = StageName;\n";
    expect(await violations({ ...stages, 'beam/operators/combine.ts': asked })).toEqual([
      'only-below-beam: beam/operators/combine.ts',
    ]);
  });

  test('let rooms of one layer know nothing of each other', async () => {
    const files = { 'demo/run.ts': 'export const run = 1;\n', 'web/server.ts': "import '../demo/run.js';\n" };
    expect(await violations(files)).toEqual(['only-below-web: web/server.ts']);
  });

  test('hold within a room', async () => {
    const files = { 'transforms/router.ts': 'export {};\n', 'transforms/step/step.ts': "import '../router.js';\n" };
    expect(await violations(files)).toEqual(['only-below-transforms/step: transforms/step/step.ts']);
  });

  test('refuse a circle', async () => {
    const files = { 'kafka/a.ts': "import './b.js';\n", 'kafka/b.ts': "import './a.js';\n" };
    expect(await violations(files)).toEqual(['no-circle: kafka/a.ts']);
  });

  test.each([
    ['pg', 'metastore'],
    ['kafkajs', 'kafka'],
    ['apache-beam', 'pipelines'],
  ])('let %s into its rooms alone', async (name, owner) => {
    const files = {
      [`node_modules/${name}/package.json`]: JSON.stringify({ name, main: 'index.js' }),
      [`node_modules/${name}/index.js`]: '',
      [`${owner}/client.ts`]: `import '${name}';\n`,
      'cli/stop.ts': `import '${name}';\n`,
    };
    expect(await violations(files)).toEqual([`${name}-in-its-rooms: cli/stop.ts`]);
  });
});
