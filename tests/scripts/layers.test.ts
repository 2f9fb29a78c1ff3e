/** That the layers' rules find what they are for. `npm run check` holds the project itself against them. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../config.js';

const aPackage = (name: string) => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, main: 'index.js' }),
  [`node_modules/${name}/index.js`]: '',
});

/** A project in which some files import what they may, and others what they must not. */
const files: Record<string, string> = {
  'tsconfig.json': '{}',
  'model/stages.ts': "export type StageName = 'router';\n",
  'kafka/lag.ts': "import '../model/stages.js';\n",
  'beam/operators/combine.ts': "import '../../model/stages.js';\n",
  'beam/operators/windows.ts':
    "import type { StageName } from '../../model/stages.js';\nexport type Name = StageName;\n",
  'demo/run.ts': 'export const run = 1;\n',
  'web/server.ts': "import '../demo/run.js';\n",
  'transforms/router.ts': "import './step/batch-step.js';\n",
  'transforms/step/batch-step.ts': 'export {};\n',
  'transforms/step/step.ts': "import '../router.js';\n",
  'druid/a.ts': "import './b.js';\n",
  'druid/b.ts': "import './a.js';\n",
  'generator/late.ts': "export const later = () => import('../cli/stop.js');\n",
  ...aPackage('pg'),
  ...aPackage('kafkajs'),
  ...aPackage('apache-beam'),
  'metastore/connection.ts': "import 'pg';\n",
  'kafka/client.ts': "import 'kafkajs';\n",
  'pipelines/wire.ts': "import 'apache-beam';\n",
  'cli/commands.ts': "import './stop.js';\nexport const later = () => import('./submit.js');\n",
  'cli/submit.ts': 'export {};\n',
  'cli/stop.ts': "import 'pg';\nimport 'kafkajs';\nimport type {} from 'apache-beam';\n",
};

interface Report {
  readonly summary: { readonly violations: readonly { rule: { name: string }; from: string; to: string }[] };
}

let folder: string;
let found: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-layers-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const program = join(projectRoot, 'node_modules', '.bin', 'depcruise');
  const config = join(projectRoot, 'scripts', 'dependency-cruiser.mjs');
  const sources = Object.keys(files).filter((path) => /^[a-z-]+\/.*\.ts$/.test(path));
  const report = await new Promise<string>((resolve) =>
    execFile(program, ['--config', config, '--output-type', 'json', ...sources], { cwd: folder }, (_error, stdout) =>
      resolve(stdout),
    ),
  );
  found = (JSON.parse(report) as Report).summary.violations.map(({ rule, from }) => `${from}: ${rule.name}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['what is known of orders, in beam/', 'beam/operators/combine.ts: only-below-beam'],
  ['the same as a type', 'beam/operators/windows.ts: only-below-beam'],
  ['a room of the same layer', 'web/server.ts: only-below-web'],
  ['a room above, imported late', 'generator/late.ts: only-below-generator'],
  ['what is above within a room', 'transforms/step/step.ts: only-below-transforms/step'],
  ['a command that is loaded with the others', 'cli/commands.ts: commands-when-named'],
  ['a circle', 'druid/a.ts: no-circle'],
  ['pg outside of metastore/', 'cli/stop.ts: pg-in-its-rooms'],
  ['kafkajs outside of kafka/', 'cli/stop.ts: kafkajs-in-its-rooms'],
  ['apache-beam outside of beam/ and pipelines/', 'cli/stop.ts: apache-beam-in-its-rooms'],
])('refuse %s', (_what, violation) => expect(found).toContain(violation));

test('refuse nothing else', () => expect(found).toHaveLength(10));
