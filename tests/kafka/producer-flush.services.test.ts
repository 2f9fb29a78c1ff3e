/** What Flink's connector relies on: when Kafka's producer has flushed, each record is written, or its writer knows that it is not. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, projectRoot } from '../../config.js';
import { withKafkaAdmin } from '../../kafka/client.js';
import { classPathFolder, findJavaHome } from '../../local/java.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';

let config: Config;
beforeAll(async () => {
  config = await localStack();
  await up(config, { only: ['kafka'], progress: 'silent' });
}, 120_000);
afterAll(() => removeLocalStack(config), 60_000);

test(
  'a batch that was split, since its topic takes none so large, is flushed with its parts',
  { timeout: 120_000 },
  async () => {
    const configEntries = [{ name: 'max.message.bytes', value: '100' }];
    await withKafkaAdmin(config, (admin) => admin.createTopics({ topics: [{ topic: 'narrow', configEntries }] }));
    const java = join(await findJavaHome(config), 'bin', 'java');
    const program = join(projectRoot, 'tests', 'kafka', 'fixtures', 'FlushAfterSplit.java');
    const classPath = join(classPathFolder(config, 'flink'), '*');
    const { stdout } = await promisify(execFile)(java, ['-cp', classPath, program, config.kafka, 'narrow']);
    // What is left would be lost at a checkpoint: https://issues.apache.org/jira/browse/KAFKA-19479
    expect(stdout.trim().split('\n').at(-1)).toBe('0');
  },
);
