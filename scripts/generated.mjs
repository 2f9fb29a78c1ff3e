/** Whether what is generated and checked in is what its generator makes today. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** Each program, what it is told to write below a folder, and where that stands in the project. */
const generators = [
  { program: 'proto/generate.mjs', argument: '.', checkedIn: 'proto/generated' },
  { program: 'scripts/rooms.mjs', argument: 'rooms.svg', checkedIn: 'docs' },
];

/** The check of that name. */
export async function checkGenerated() {
  const folder = mkdtempSync(join(tmpdir(), 'orderflow-generated-'));
  try {
    const details = [];
    for (const { program, argument, checkedIn } of generators) {
      const made = join(folder, checkedIn);
      mkdirSync(made, { recursive: true });
      const { code, stderr } = await run(process.execPath, [program, join(made, argument)]);
      if (code !== 0) return { result: 'failed', details: [stderr] };
      const isStale = (name) => !readFileSync(join(made, name)).equals(readFileSync(join(root, checkedIn, name)));
      for (const name of readdirSync(made).filter(isStale)) {
        details.push(`${checkedIn}/${name} is out of date: run \`npm run generate\``);
      }
    }
    return details.length > 0 ? { result: 'failed', details } : { result: 'passed' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
