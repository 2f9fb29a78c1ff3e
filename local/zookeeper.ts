/** ZooKeeper, where a JobManager that starts again finds its jobs: the server that Flink's own jars hold. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { zooKeeperServer } from './flink-security.js';
import { loggingOption } from './flink.js';
import { propertiesText } from './paths.js';
import type { Run } from './service.js';

const folder = (config: Config) => join(config.home, 'zookeeper');
const propertiesFile = (config: Config) => join(folder(config), 'zoo.cfg');

/** What does not depend on addresses; docker-compose.yml has the same as ZOO_… variables, a test compares them. */
export const zooKeeperSettings = {
  /** ms; a session of Flink's may be from 2 to 20 ticks long. */
  tickTime: 2_000,
  'autopurge.purgeInterval': 1,
  'autopurge.snapRetainCount': 3,
} as const;

/** Writes zoo.cfg. */
export async function configureZooKeeper(config: Config): Promise<void> {
  await mkdir(folder(config), { recursive: true });
  const properties = {
    ...zooKeeperSettings,
    dataDir: join(folder(config), 'data'),
    ...zooKeeperServer(config),
    'admin.enableServer': false,
    '4lw.commands.whitelist': 'ruok',
  };
  await writeFile(propertiesFile(config), propertiesText(properties));
}

export function zooKeeper(config: Config): Run {
  return {
    kind: 'java',
    classPath: 'flink',
    mainClass: 'org.apache.flink.shaded.zookeeper3.org.apache.zookeeper.server.ZooKeeperServerMain',
    jvm: [
      `-Xmx${config.memoryMb.zooKeeperHeap}m`,
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      '-XX:+ExitOnOutOfMemoryError',
      '-XX:-UsePerfData',
      loggingOption,
    ],
    args: [propertiesFile(config)],
  };
}
