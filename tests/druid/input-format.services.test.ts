/** The JUnit tests of Druid's input format. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig, projectRoot } from '../../config.js';
import { findJavaHome } from '../../local/java.js';

it('passes its own tests', { timeout: 300_000 }, async () => {
  const config = loadConfig({});
  const out = await mkdtemp(join(tmpdir(), 'orderflow-input-format-'));
  const pom = join(projectRoot, 'druid', 'protobuf-input-format', 'pom.xml');
  const args = ['-B', '-f', pom, 'test', '-Dmaven.test.skip=false', `-Dorderflow.out=${out}`];
  const env = { ...process.env, JAVA_HOME: await findJavaHome(config) };
  try {
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      execFile('mvn', args, { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        resolve({ code: error ? 1 : 0, output: stdout + stderr });
      });
    });
    expect(code, output).toBe(0);
    // Of the whole run; Maven says nothing of the kind when it finds none.
    const counts = [...output.matchAll(/Tests run: (\d+), Failures: 0, Errors: 0, Skipped: 0$/gm)];
    expect(Number(counts.at(-1)?.[1]), output).toBeGreaterThan(0);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
});
