/** Whether a service works: each is asked in its own protocol. A check rejects while the answer is not the one of a working service. */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { text } from 'node:stream/consumers';
import grpc from '@grpc/grpc-js';
import { request } from 'undici';
import { channelSecurity } from '../beam/channel-security.js';
import type { Config } from '../config.js';
import { type DruidRequest, requestDruid } from '../druid/connection.js';
import { askFlink } from '../flink/rest.js';
import { checkBroker } from '../kafka/client.js';
import { checkServer } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { askStandIn } from '../partner/control.js';
import { jobServerTls } from '../flink/submit.js';
import { readTls, type TlsMaterial } from '../model/tls-files.js';
import { tlsFilesOf } from './authority.js';
import { druidAddress, type DruidRole } from './druid.js';
import { asKafkaOwner } from './kafka.js';

/** Longest time that a service may take to answer one question, in ms. */
const patienceMs = 3_000;

/** A secured broker that was never up has no users yet. */
export const kafkaAnswers = (config: Config) =>
  checkBroker(config.profile === 'secured' && !config.remote.kafka ? asKafkaOwner(config) : config, patienceMs);

export const postgresAnswers = (config: Config) => checkServer(databaseOf(config, 'page'), patienceMs);

/** Its own question "are you ok", which it answers once it serves. Source: ZooKeeper's four letter words. */
export async function zooKeeperAnswers(config: Config): Promise<void> {
  const address = { host: config.host, port: config.ports.zooKeeper, timeout: patienceMs };
  const socket =
    config.profile === 'secured'
      ? connectTls({ ...address, ...readTls(tlsFilesOf(config, config.principal), 'ZooKeeper') })
      : connect(address);
  socket.once('timeout', () => socket.destroy(new Error('no answer to ruok')));
  socket.write('ruok');
  if ((await text(socket)) !== 'imok') throw new Error('it does not serve yet');
}

export async function jobManagerAnswers(config: Config): Promise<void> {
  await askFlink(config, '/overview');
}

interface TaskManagers {
  readonly taskmanagers: readonly { dataPort: number }[];
}

/**
 * A TaskManager has registered, and it is alive: for about 10 s after a crash Flink still lists the one that died, whose data port
 * refuses connections.
 */
export async function taskManagerIsRegistered(config: Config): Promise<void> {
  const { taskmanagers } = await askFlink<TaskManagers>(config, '/taskmanagers');
  // The ports of a cluster elsewhere need not be within our reach.
  const checks = taskmanagers.map(({ dataPort }) => (config.remote.flink ? true : accepts(config.host, dataPort)));
  if (!(await Promise.all(checks)).includes(true)) throw new Error('no TaskManager has registered yet');
}

/** Whether somebody listens at a TCP port. */
function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patienceMs });
    const end = (isListening: boolean) => {
      socket.destroy();
      resolve(isListening);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** Connects to a gRPC server, and calls a method whose request may be empty. */
async function askGrpc(address: string, { method, tls }: { method?: string; tls?: TlsMaterial }): Promise<void> {
  const { channelCredentials, clientOptions } = channelSecurity(address, tls);
  const client = new grpc.Client(address, channelCredentials, clientOptions);
  const deadline = new Date(Date.now() + patienceMs);
  try {
    await new Promise<void>((resolve, reject) =>
      client.waitForReady(deadline, (error) => (error ? reject(error) : resolve())),
    );
    if (!method) return;
    await new Promise<void>((resolve, reject) =>
      client.makeUnaryRequest(
        method,
        (request: Buffer) => request,
        (reply: Buffer) => reply,
        Buffer.alloc(0),
        { deadline },
        (error) => (error ? reject(error) : resolve()),
      ),
    );
  } finally {
    client.close();
  }
}

const getJobs = '/org.apache.beam.model.job_management.v1.JobService/GetJobs';

export const jobServerAnswers = async (config: Config) =>
  askGrpc(config.jobServer, { method: getJobs, ...jobServerTls(config) });

export const sparkJobServerAnswers = async (config: Config) => askGrpc(config.sparkJobServer, { method: getJobs });

interface SparkMaster {
  readonly status: string;
  readonly aliveworkers: number;
}

/** The page of the master, as JSON. Source: org.apache.spark.deploy.JsonProtocol. */
async function askSparkMaster(config: Config): Promise<SparkMaster> {
  const url = new URL('/json/', `http://${config.urlHost}:${config.ports.sparkMasterUi}`);
  const { body } = await request(url, { signal: AbortSignal.timeout(patienceMs) });
  return (await body.json()) as SparkMaster;
}

export async function sparkMasterAnswers(config: Config): Promise<void> {
  if ((await askSparkMaster(config)).status !== 'ALIVE') throw new Error('it is not alive yet');
}

export async function sparkWorkerIsRegistered(config: Config): Promise<void> {
  if ((await askSparkMaster(config)).aliveworkers < 1) throw new Error('no worker has registered yet');
}

/** Beam's Fn API, which is plain text. */
export const workerPoolAnswers = (config: Config) => askGrpc(config.workerPool, {});

/** Any answer will do: the stand-in refuses requests on purpose. */
export async function partnerAnswers(config: Config): Promise<void> {
  await askStandIn(config, '/');
}

/** The coordinator and the overlord in it lead; broker and router answer SQL; the others are healthy by their own word. */
export const druidAnswers =
  (role: DruidRole) =>
  async (config: Config): Promise<void> => {
    const ask = async (path: string, options: Partial<DruidRequest> = {}) => {
      const url = new URL(path, druidAddress(config, role));
      const { status, text } = await requestDruid(config, url, { ...options, timeoutMs: patienceMs });
      if (status >= 300 || text === '') throw new Error(`${path} was answered with ${status}`);
    };
    if (role === 'coordinator') {
      await ask('/druid/coordinator/v1/leader');
      await ask('/druid/indexer/v1/leader');
    } else if (role === 'broker' || role === 'router') {
      await ask('/druid/v2/sql', { method: 'POST', body: { query: 'SELECT 1' } });
    } else await ask('/status/health');
  };
