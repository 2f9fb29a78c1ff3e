import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** What a fresh process says that imports these modules, in this order. */
function importing(...modules: string[]): string {
  const program = modules.map((name) => `require(${JSON.stringify(name)});`).join('\n');
  const { status, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  return status === 0 ? 'fine' : (/\w*Error: .*/.exec(stderr)?.[0] ?? stderr);
}

const inner = ['apache-beam/worker/operators', 'apache-beam/transforms/internal', 'apache-beam/internal/pipeline'];

test.each(inner)('%s can be imported after the module that sdk.ts imports', (module) => {
  expect(importing('apache-beam/pvalue', module)).toBe('fine');
});

test.each(inner)('%s cannot be imported first (when this fails, sdk.ts need not be imported)', (module) => {
  expect(importing(module)).toBe('TypeError: Class extends value undefined is not a constructor or null');
});
