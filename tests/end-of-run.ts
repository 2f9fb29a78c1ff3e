/**
 * Before all tests: gives the run a temporary folder of its own, which all its processes have as their TMPDIR, and starts the
 * process that ends and deletes what is left of them when the run is over, however it ends.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { projectRoot } from '../config.js';

/** A run within a run, of a test, has a folder of its own below the other's. */
const name = `orderflow-tests-${process.pid}-`;

/** Called for each project, in the run's main process, whose environment the workers inherit. */
export default function watchTheEnd(): void {
  if (basename(tmpdir()).startsWith(name)) return;
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), name));
  const reaper = spawn(process.execPath, [join(projectRoot, 'tests', 'reaper.mjs'), process.env.TMPDIR], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  reaper.unref();
  // Closed by the system when this process ends.
  (reaper.stdin as unknown as { unref(): void }).unref();
}
