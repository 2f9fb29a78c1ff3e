/** Everything at an IPv6 address: settings, clients, and the local services that need little. */
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../config.js';
import { druidProcess } from '../../local/druid.js';
import { jobManager, jobServer } from '../../local/flink.js';
import { askFlink } from '../../flink/rest.js';
import { submitStage } from '../../flink/submit.js';
import { withKafkaAdmin } from '../../kafka/client.js';
import { stackStatus } from '../../local/status.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const hasIpv6 = Object.values(networkInterfaces()).some((of) => of?.some(({ address }) => address === '::1'));
const services = ['zookeeper', 'kafka', 'postgres', 'jobmanager', 'job-server', 'worker-pool', 'partner'] as const;

describe.skipIf(!hasIpv6)('the local services at ::1 (skipped without IPv6)', () => {
  let config: Config;
  beforeAll(async () => {
    config = await localStack({ ORDERFLOW_HOST: '::1' });
    await up(config, { only: services, progress: 'silent' });
  }, 600_000);
  afterAll(() => removeLocalStack(config));

  it('answer there', async () => {
    const states = (await stackStatus(config)).map(({ name, state }) => [name, state]);
    expect(Object.fromEntries(states)).toMatchObject(Object.fromEntries(services.map((name) => [name, 'up'])));
  });

  it('include a Kafka that is found by any of several addresses', async () => {
    const kafka = `[::1]:1,[::1]:${config.ports.kafka},localhost:1`;
    const { kafka: accepted } = loadConfig({ ORDERFLOW_KAFKA: kafka });
    const { brokers } = await withKafkaAdmin({ kafka: accepted }, (admin) => admin.describeCluster());
    expect(brokers).toMatchObject([{ host: '::1', port: config.ports.kafka }]);
  });

  it("include a Flink that takes a stage's job from the job server", async () => {
    await submitStage(config, 'router');
    const { jobs } = await askFlink<{ jobs: unknown[] }>(config, '/jobs');
    expect(jobs).toHaveLength(1);
  });
});

describe('settings', () => {
  it.each(['ORDERFLOW_KAFKA', 'ORDERFLOW_JOB_SERVER', 'ORDERFLOW_WORKER_POOL', 'ORDERFLOW_DRUID_KAFKA'])(
    '%s takes an IPv6 address with brackets, and none without',
    (name) => {
      for (const good of ['[::1]:9092', 'a:1,[2001:db8::2]:9092', '[fe80::1%eth0]:1', '[::ffff:10.0.0.1]:1'])
        expect(Object.values(loadConfig({ [name]: good }))).toContain(good);
      for (const bad of ['::1:9092', '[::1]', '[::1:9092', '::1]:9092', '[a]:1', '[::1]:1,'])
        expect(() => loadConfig({ [name]: bad }), bad).toThrow('[IPv6 address]:port');
    },
  );

  it('has brackets in all addresses where ORDERFLOW_HOST is an IPv6 address, and refuses them in it', () => {
    const {
      kafka,
      postgresUrl,
      flinkUrl,
      jobServer: job,
      workerPool,
      partnerUrl,
      druidUrl,
      host,
    } = loadConfig({
      ORDERFLOW_HOST: '::1',
    });
    expect({ kafka, job, workerPool, host }).toEqual({
      kafka: '[::1]:9092',
      job: '[::1]:8099',
      workerPool: '[::1]:5555',
      host: '::1',
    });
    for (const url of [postgresUrl, flinkUrl, partnerUrl, druidUrl]) expect(new URL(url).hostname).toBe('[::1]');
    expect(() => loadConfig({ ORDERFLOW_HOST: '[::1]' })).toThrow('such as 127.0.0.1 or ::1');
  });

  it('reach Flink and Druid with brackets where a port comes after', () => {
    const config = loadConfig({ ORDERFLOW_HOST: '::1' });
    const words = [jobManager(config), jobServer(config), druidProcess('broker')(config)].flatMap((run) =>
      run.kind === 'java' ? [...run.jvm, ...run.args] : [],
    );
    expect(words).toEqual(
      expect.arrayContaining([
        '-Dhigh-availability.zookeeper.quorum=[::1]:2181',
        '-Drest.address=::1',
        '--flink-master=[::1]:8081',
        '--job-host=[::1]',
        '-Ddruid.zk.service.host=[::1]:2181',
        '-Ddruid.host=::1',
      ]),
    );
    expect(words.filter((word) => /[^[\d]::1:\d/.test(word))).toEqual([]);
  });
});
