/** Records of Kafka's own producer, with what kafkajs' cannot write: fixtures/ForeignProducer.java. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Config, projectRoot } from '../../config.js';
import { classPathFolder, findJavaHome } from '../../local/java.js';

const source = join(projectRoot, 'tests', 'kafka', 'fixtures', 'ForeignProducer.java');

/** Headers that objects have trouble with; one record with 20,000; records of a few bytes in one batch; transactions. */
export type Foreign = 'plain' | 'odd-headers' | 'many-headers' | 'tiny' | 'transaction' | 'abort';

/** Writes `count` records into the topic's partition 0, with the keys key-0, key-1… The JDK compiles the source as it runs it (JEP 330). */
export async function produceForeign(
  config: Config,
  topic: string,
  what: Foreign,
  { codec = 'none', count = 1 }: { codec?: string; count?: number } = {},
): Promise<void> {
  const java = join(await findJavaHome(config), 'bin', 'java');
  const classPath = join(classPathFolder(config, 'kafka'), '*');
  const args = ['-XX:TieredStopAtLevel=1', '-cp', classPath, source, config.kafka, topic, what, codec, String(count)];
  await promisify(execFile)(java, args);
}
