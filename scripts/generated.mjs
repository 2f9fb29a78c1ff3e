/** Whether proto/generated is what proto/generate.mjs makes of orders.proto. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** The check of that name. */
export async function checkGenerated() {
  const folder = mkdtempSync(join(tmpdir(), 'orderflow-generated-'));
  try {
    const { code, stderr } = await run(process.execPath, ['proto/generate.mjs', folder]);
    if (code !== 0) return { result: 'failed', details: [stderr] };
    const checkedIn = join(root, 'proto', 'generated');
    const read = (from, name) => readFileSync(join(from, name));
    const stale = readdirSync(folder).filter((name) => !read(folder, name).equals(read(checkedIn, name)));
    const details = stale.map((name) => `proto/generated/${name} is out of date: run \`npm run generate\``);
    return details.length > 0 ? { result: 'failed', details } : { result: 'passed' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
