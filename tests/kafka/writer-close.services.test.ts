/** A job that restarts does not wait for what its writers could not write: it reads that again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, projectRoot } from '../../config.js';
import { withKafkaAdmin } from '../../kafka/client.js';
import { down } from '../../local/down.js';
import { classPathFolder, findJavaHome } from '../../local/java.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';

let config: Config;
beforeAll(async () => {
  config = await localStack();
  await up(config, { only: ['kafka'], progress: 'silent' });
  await withKafkaAdmin(config, (admin) => admin.createTopics({ topics: [{ topic: 'written' }] }));
}, 120_000);
afterAll(() => removeLocalStack(config), 60_000);

// Kafka's producer tries each record for two minutes.
test('a writer is closed while Kafka takes nothing', { timeout: 100_000 }, async () => {
  const java = join(await findJavaHome(config), 'bin', 'java');
  const program = join(projectRoot, 'tests', 'kafka', 'fixtures', 'CloseWithoutKafka.java');
  const classPath = join(classPathFolder(config, 'flink'), '*');
  const child = spawn(java, ['-cp', classPath, program, config.kafka, 'written'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect((await said.next()).value).toBe('written');
    await down(config, { only: ['kafka'], progress: 'silent' });
    child.stdin.write('\n');
    expect((await said.next()).value).toBe('closed');
  } finally {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
  }
});
