/** Flink, Beam's services and ZooKeeper in the secured profile: who gets an answer at which port, and in which language. */
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { withName } from 'apache-beam';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { map } from '../../beam/operators/plain-functions.js';
import { submitPipeline } from '../../beam/pipeline/portable-runner.js';
import { ticks } from '../../beam/pipeline/ticks.js';
import { actingAs, type Config, loadConfig } from '../../config.js';
import { flinkOptions } from '../../flink/options.js';
import { listJobs } from '../../flink/jobs.js';
import { askFlink, cancelJob } from '../../flink/rest.js';
import { jobServerTls } from '../../flink/submit.js';
import { makeSecrets, renewCertificates, secretFile, tlsFilesOf } from '../../local/authority.js';
import { down } from '../../local/down.js';
import { confFolder, zooKeeperClient } from '../../local/flink-security.js';
import { runJava } from '../../local/java.js';
import { runningProcess } from '../../local/pid-file.js';
import { jobServerAnswers, zooKeeperAnswers } from '../../local/readiness.js';
import { up } from '../../local/up.js';
import { keyByToLocation } from '../../pipelines/named-functions.js';
import { tlsAgent } from '../../model/tls-agent.js';
import { readSecret } from '../../model/secret-file.js';
import { readTls } from '../../model/tls-files.js';
import { listenersOf } from '../listeners.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const only = ['zookeeper', 'jobmanager', 'taskmanager', 'job-server', 'worker-pool'] as const;
const slowly = 300_000;

let config: Config;
/** Another authority, whose certificates have the same names. */
let foreign: Config;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PROFILE: 'secured', ORDERFLOW_PARALLELISM: '1' });
  foreign = loadConfig({ ...config.environment, ORDERFLOW_HOME: `${config.home}-foreign` });
  await makeSecrets(foreign);
  await up(config, { only, progress: 'silent' });
}, slowly);
afterAll(async () => {
  await removeLocalStack(config);
  await removeLocalStack(foreign);
}, slowly);

/** Submits a job that hands each tick to a function, as a stage is submitted. */
const submit = (jobName: string, fn: (element: never) => unknown, by: Config = config) =>
  submitPipeline((root) => void root.apply(ticks('Ticks', 100)).apply(map(withName('Function', fn))), {
    jobName,
    jobServer: by.jobServer,
    ...jobServerTls(by),
    workerPool: by.workerPool,
    runnerOptions: flinkOptions(by),
  });
const jobNamed = async (name: string) => (await listJobs(config)).find((job) => job.name === name);

async function metrics(as: ConnectionFiles = tlsFilesOf(config, 'operator')): Promise<string> {
  const { body } = await request(`https://${config.urlHost}:${config.ports.workerMetrics}/metrics`, {
    dispatcher: tlsAgent(as, 'the metrics'),
  });
  return body.text();
}
type ConnectionFiles = ReturnType<typeof tlsFilesOf>;

it('runs a job, whose functions are called in a worker', { timeout: slowly }, async () => {
  await submit('known', keyByToLocation);
  await expect.poll(async () => (await jobNamed('known'))?.hasStarted, { timeout: 60_000 }).toBe(true);
  await expect
    .poll(metrics, { timeout: 60_000 })
    .toMatch(/orderflow_worker_bundles_total\{[^}]*"finished"[^}]*\} [1-9]/);
});

it('runs nothing that is not registered, whoever submits it', { timeout: slowly }, async () => {
  await submit('unknown', () => process.exit(7));
  const exceptions = async () => {
    const { id } = (await jobNamed('unknown'))!;
    return JSON.stringify(await askFlink(config, `/jobs/${id}/exceptions`));
  };
  const refusal = 'the job brings source code: a worker runs only the functions that are registered in it';
  await expect.poll(exceptions, { timeout: 60_000 }).toContain(refusal);
  await cancelJob(config, (await jobNamed('unknown'))!.id);
});

/** What a server says before it ends the connection or has said something: its bytes, or why there are none. */
function answerTo(port: number, tls?: ConnectionOptions): Promise<string> {
  const address = { host: '127.0.0.1', port };
  const socket = tls ? connectTls({ ...address, ...tls, rejectUnauthorized: false }) : connectPlain(address);
  return new Promise((resolve) => {
    const end = (said: string) => resolve(said) ?? socket.destroy();
    socket.once(tls ? 'secureConnect' : 'connect', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    socket.once('data', (bytes: Buffer) => end(bytes.toString('latin1')));
    socket.once('error', (error: NodeJS.ErrnoException) => end(`refused: ${error.code}`));
    socket.once('close', () => end('refused: closed'));
  });
}

/** Whether an HTTP/2 server takes plain text there, as Beam's Fn API does. */
function speaksPlainHttp2(port: number): Promise<boolean> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  return new Promise((resolve) => {
    const end = (speaks: boolean) => resolve(speaks) ?? session.destroy();
    session.once('remoteSettings', () => end(true));
    session.once('error', () => end(false));
    session.once('close', () => end(false));
  });
}

describe('each open port', () => {
  const isRefused = (answer: string) => answer.startsWith('refused: ');
  /** A TLS alert, as bytes. */
  const alert = '\x15\x03';

  it('is on the loopback interface, and speaks TLS or is the Fn API', { timeout: slowly }, async () => {
    const listeners = listenersOf(config);
    expect(new Set(listeners.map(({ service }) => service))).toEqual(new Set(only));
    expect(listeners.filter(({ isLoopback }) => !isLoopback)).toEqual([]);
    const plain: string[] = [];
    for (const { service, port } of listeners) {
      if (await speaksPlainHttp2(port)) plain.push(service);
      else {
        const answer = await answerTo(port);
        // Flink sends a browser to https://, and says nothing else.
        const isRedirect = port === config.ports.flinkRest && /^HTTP\/1.1 301 [^]*\r\n\r\n$/.test(answer);
        expect(isRefused(answer) || answer.startsWith(alert) || isRedirect, `${service} ${port}: ${answer}`).toBe(true);
      }
    }
    expect(new Set(plain)).toEqual(new Set(['taskmanager', 'worker-pool']));
    // Control, data, logging, provisioning, state, artifacts of the job's one environment; and the pool.
    expect(plain.filter((service) => service === 'worker-pool')).toHaveLength(1);
  });

  it('takes no certificate of another authority, and none', { timeout: slowly }, async () => {
    for (const { service, port } of listenersOf(config)) {
      if (await speaksPlainHttp2(port)) continue;
      for (const tls of [
        {},
        readTls(tlsFilesOf(foreign, 'operator'), 'a test'),
        readTls(tlsFilesOf(foreign, 'flink'), 'a test'),
      ])
        expect(await answerTo(port, tls), `${service} ${port}`).toMatch(/^refused: /);
    }
  });

  it("is Flink's own for its RPC, blobs and data: it takes no other certificate of the authority", async () => {
    const known = [config.ports.flinkRest, config.ports.jobServer, config.ports.artifact, config.ports.zooKeeper];
    const internal = listenersOf(config).filter(
      ({ service, port }) => ['jobmanager', 'taskmanager'].includes(service) && !known.includes(port),
    );
    let asked = 0;
    for (const { port } of internal) {
      if (await speaksPlainHttp2(port)) continue;
      asked += 1;
      for (const holder of ['operator', 'flink'] as const)
        expect(await answerTo(port, readTls(tlsFilesOf(config, holder), 'a test'))).toMatch(/^refused: /);
    }
    // RPC and metrics of both, the JobManager's blobs, the TaskManager's data.
    expect(asked).toBe(6);
  });
});

describe("Flink's REST API", () => {
  const as = (principal: Config['principal']) => actingAs(config, principal);
  const jobId = async () => (await jobNamed('known'))!.id;

  it('lets those read who may', async () => {
    for (const principal of ['operator', 'page', 'auditor'] as const)
      expect(await askFlink(as(principal), '/taskmanagers')).toMatchObject({ taskmanagers: [{}] });
  });

  it('lets nobody else do anything', async () => {
    for (const principal of ['druid', 'generator', 'validator', 'owner'] as const)
      await expect(askFlink(as(principal), '/overview')).rejects.toMatchObject({ code: 'FLINK_FORBIDDEN' });
  });

  it('lets readers change nothing, neither by the methods for that nor by those for YARN', async () => {
    const id = await jobId();
    for (const principal of ['page', 'auditor'] as const) {
      await expect(cancelJob(as(principal), id)).rejects.toMatchObject({ code: 'FLINK_FORBIDDEN' });
      for (const path of ['yarn-cancel', '%79arn-cancel', 'yarn-stop'])
        await expect(askFlink(as(principal), `/jobs/${id}/${path}`)).rejects.toMatchObject({ code: 'FLINK_FORBIDDEN' });
    }
    expect(await jobNamed('known')).toMatchObject({ state: 'RUNNING' });
  });

  it('is not asked by a certificate of another authority, nor trusted with one', async () => {
    const { caFile } = config.flinkTls;
    for (const flinkTls of [
      { ...foreign.flinkTls, caFile },
      { caFile, certFile: '', keyFile: '' },
    ])
      await expect(askFlink({ ...config, flinkTls }, '/overview')).rejects.toThrow();
    await expect(
      askFlink({ ...config, flinkTls: { ...config.flinkTls, caFile: foreign.flinkTls.caFile } }, '/overview'),
    ).rejects.toMatchObject({
      code: 'FLINK_UNTRUSTED',
      message: `Flink at ${config.flinkUrl}: its certificate is from an authority that is not trusted (ORDERFLOW_FLINK_CA_FILE, ORDERFLOW_FLINK_CERT_FILE)`,
    });
  });

  it('shows no password', async () => {
    const shown = await Promise.all(
      ['/jobmanager/config', '/jobmanager/environment', '/jobmanager/log', '/jobmanager/logs'].map((path) =>
        askFlink(config, path).then(JSON.stringify, String),
      ),
    );
    expect(shown[0]).toContain('security.ssl.rest.keystore-password');
    expect(shown.join()).not.toContain(readSecret(secretFile(config, 'p12.password'), 'a test'));
  });
});

describe('the job server', () => {
  it.each([
    ['a certificate of another authority', () => ({ ...foreign.jobServerTls, caFile: config.jobServerTls.caFile })],
    ['no certificate', () => ({ ...config.jobServerTls, certFile: '', keyFile: '' })],
    ['plain text', () => ({ caFile: '', certFile: '', keyFile: '' })],
  ])('does not answer %s', async (_, jobServerTls) => {
    await expect(jobServerAnswers({ ...config, jobServerTls: jobServerTls() })).rejects.toThrow();
  });

  it('takes jobs of the operator alone', async () => {
    await jobServerAnswers(config);
    for (const principal of ['page', 'druid', 'validator'] as const)
      await expect(submit('refused', keyByToLocation, actingAs(config, principal))).rejects.toThrow(
        `"${principal}" may not call the job server`,
      );
  });
});

describe('ZooKeeper', () => {
  const list = (holder: 'flink' | 'druid', path: string) =>
    runJava(config, {
      classPath: 'flink',
      mainClass: 'org.apache.flink.shaded.zookeeper3.org.apache.zookeeper.ZooKeeperMain',
      jvm: zooKeeperClient(config, holder),
      args: ['-server', `${config.urlHost}:${config.ports.zooKeeper}`, 'ls', path],
    });

  it('answers those of its authority', async () => {
    await zooKeeperAnswers(config);
    await expect(zooKeeperAnswers({ ...config, secrets: foreign.secrets })).rejects.toThrow();
  });

  it("keeps Flink's znodes for Flink", { timeout: slowly }, async () => {
    await list('druid', '/');
    await list('flink', '/orderflow');
    await expect(list('druid', '/orderflow')).rejects.toThrow('Insufficient permission');
  });
});

it('lets nobody without a certificate read the metrics', async () => {
  const { caFile } = tlsFilesOf(config, 'operator');
  await expect(metrics({ ...tlsFilesOf(foreign, 'operator'), caFile })).rejects.toThrow();
  await expect(metrics({ caFile, certFile: '', keyFile: '' })).rejects.toThrow();
});

it('has its passwords in files of their owner alone', async () => {
  const password = readSecret(secretFile(config, 'p12.password'), 'a test');
  const told = only.map((name) => {
    const { pid } = runningProcess(config, name)!;
    return ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join();
  });
  expect(told.filter((words) => words.includes(password))).toEqual([]);
  for (const reader of ['jobmanager', 'taskmanager', 'job-server'] as const) {
    const file = join(confFolder(config, reader), 'config.yaml');
    expect(readSecret(file, 'a test')).toContain(password);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  }
});

/** Which certificate a server shows now. */
const shownBy = (port: number) =>
  new Promise<string>((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, ...readTls(tlsFilesOf(config, 'operator'), 'a test') }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });

it(
  'takes up renewed certificates: the job server and the metrics at once, Flink when it starts again',
  { timeout: slowly },
  async () => {
    const { jobServer, workerMetrics, flinkRest } = config.ports;
    const before = await Promise.all([jobServer, workerMetrics, flinkRest].map(shownBy));
    await renewCertificates(config, ['operator', 'job-server', 'worker-pool', 'flink', 'zookeeper']);
    expect(await shownBy(workerMetrics)).not.toBe(before[1]);
    await expect.poll(() => shownBy(jobServer), { timeout: 30_000 }).not.toBe(before[0]);
    expect(await shownBy(flinkRest)).toBe(before[2]);
    expect(await jobNamed('known')).toMatchObject({ state: 'RUNNING' });
    const { id } = (await jobNamed('known'))!;
    await down(config, { only: ['zookeeper', 'jobmanager'], progress: 'silent' });
    await up(config, { only, progress: 'silent' });
    expect(await shownBy(flinkRest)).not.toBe(before[2]);
    await expect.poll(async () => (await jobNamed('known'))?.hasStarted, { timeout: 90_000 }).toBe(true);
    expect((await jobNamed('known'))?.id).toBe(id);
  },
);
