/** Searches for each secret of a secured stack in all that was written and shown, after a life with errors. Part of secured.test.ts. */
import { readFileSync, statSync } from 'node:fs';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, test } from 'vitest';
import type { Config } from '../../config.js';
import { listJobs } from '../../flink/jobs.js';
import { askFlink } from '../../flink/rest.js';
import { tlsAgent } from '../../model/tls-agent.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { secretFile, tlsFilesOf } from '../../local/authority.js';
import { runningProcess } from '../../local/pid-file.js';
import { familyOf, listProcesses } from '../../local/processes.js';
import { serviceNames } from '../../local/service.js';
import { workerPids } from '../../local/workers.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { rights } from '../../metastore/roles.js';
import { allTopicNames } from '../../model/topics.js';
import type { Ended } from '../cli/orderflow.js';
import { type Found, type Marker, markerOf, markersIn, searchFor } from './markers.js';

/** THE list of files that are to hold a secret, below the folder of the stack: of Flink, which reads passwords from its configuration alone. */
const holders = ['jobmanager', 'taskmanager', 'job-server'].map((reader) => `flink/conf/${reader}/config.yaml`);

/** A password that nobody has. */
const wrongPassword = 'a-wrong-password-that-nobody-has';

/** What an analyst, an operator and an auditor can be shown. */
const commands: readonly (readonly string[])[] = [
  ['status'],
  ['status', '--json'],
  ['audit', 'list', '--limit', '1000'],
  ['audit', 'list', '--limit', '1000', '--json'],
  ['audit', 'verify'],
  ['acls', 'plan'],
  ['acls', 'plan', '--json'],
  ['acls', 'export', 'ranger'],
  ['acls', 'export', 'strimzi'],
  ['certificates', 'list'],
  ['certificates', 'list', '--json'],
  ['schema', 'roles', 'plan'],
  ['schema', 'roles', 'plan', '--json'],
  ['reconcile'],
  ['dead-letters', 'list', '--json'],
  ['parked', 'list', '--json'],
];

type Run = (words: readonly string[], others?: Record<string, string>) => Promise<Ended>;

/** To be called within a `describe`: `stack` answers with a secured stack that has worked, `folder` with one of the test's own, `run` runs a command. */
export function describeMarkers(stack: () => Config, folder: () => string, run: Run): void {
  const shown = () => join(folder(), 'shown');
  const show = (name: string, text: string | Buffer) =>
    appendFile(join(shown(), name.replaceAll(/[^\w.-]+/g, '_')), text);
  const showRun = async (words: readonly string[], others?: Record<string, string>) => {
    const ended = await run(words, others);
    await show(words.join(' '), `${ended.stdout}\n${ended.stderr}`);
    return ended;
  };
  const markers = (): Marker[] => [
    ...markersIn(stack().secrets),
    markerOf('a wrong password', Buffer.from(wrongPassword)),
  ];
  const search = () => searchFor(markers(), [stack().home, shown()], ['secrets']);

  test('is used: savepoints, a restart, and errors of all kinds', async () => {
    await mkdir(shown());
    expect((await showRun(['savepoint', 'all'])).code).toBe(0);
    expect((await showRun(['restart', 'router'])).code).toBe(0);
    const wrongFile = join(folder(), 'wrong');
    await writeFile(wrongFile, wrongPassword);
    const errors: (readonly [words: string[], settings?: Record<string, string>])[] = [
      [['topics', 'tail', 'no_such_topic']],
      [['topics', 'tail', 'raw_order'], { ORDERFLOW_KAFKA_PASSWORD_FILE: wrongFile }],
      [['order', 'O-1'], { ORDERFLOW_POSTGRES_PASSWORD_FILE: wrongFile }],
      [['topics', 'apply'], { ORDERFLOW_PRINCIPAL: 'page' }],
      [['savepoint', 'all'], { ORDERFLOW_FLINK_KEY_FILE: secretFile(stack(), 'page.key') }],
      [['status'], { ORDERFLOW_FLINK_CA_FILE: secretFile(stack(), 'p12.password') }],
    ];
    for (const [words, settings] of errors) {
      const { code } = await showRun(words, settings);
      expect({ words, hasFailed: code !== 0 }).toEqual({ words, hasFailed: true });
    }
    // One of a job that ran before the restart may be idle.
    for (const pid of workerPids(stack())) process.kill(pid, 'SIGKILL');
    await expect.poll(() => exceptionsOf(stack()), { timeout: 60_000, interval: 500 }).not.toEqual([]);
  }, 240_000);

  test('is in nothing that was written or shown, but the files that are to hold it, which their owner alone reads', async () => {
    await show('Flink', await shownByFlink(stack()));
    const dispatcher = tlsAgent(tlsFilesOf(stack(), 'operator'), 'the metrics');
    const metrics = `https://${stack().urlHost}:${stack().ports.workerMetrics}/metrics`;
    await show('metrics', await (await request(metrics, { dispatcher })).body.text());
    for (const words of commands) await showRun(words);
    for (const topic of allTopicNames)
      await readTopic(stack(), topic, ({ key, value, headers }) =>
        show(
          topic,
          Buffer.concat([key ?? '', value ?? '', JSON.stringify(headers ?? [])].map((part) => Buffer.from(part))),
        ),
      );
    await withPool(databaseOf(stack(), 'owner'), async (pool) => {
      for (const table of Object.keys(rights)) {
        const { rows } = await pool.query<{ text: string }>(`SELECT t::text AS text FROM ${table} t`);
        await show(`table ${table}`, rows.map(({ text }) => text).join('\n'));
      }
    });
    const processes = listProcesses();
    for (const service of serviceNames) {
      const leader = runningProcess(stack(), service);
      for (const { pid } of leader ? familyOf(leader.pid, processes) : [])
        for (const file of ['cmdline', 'environ']) await show(`${service} ${file}`, wordsOf(pid, file));
    }

    const found = await search();
    expect(found.filter(({ file }) => !holders.includes(file))).toEqual([]);
    expect(new Set(found.map(({ file }) => file))).toEqual(new Set(holders));
    expect(new Set(found.map(({ marker }) => marker))).toEqual(new Set(['p12.password']));
    for (const file of holders) expect(statSync(join(stack().home, file)).mode & 0o777, file).toBe(0o600);
  }, 240_000);

  test('would have been found: each that is planted is, in each form', async () => {
    const planted = join(stack().home, 'planted');
    await mkdir(planted);
    const expected: Found[] = [];
    for (const { name, forms } of markers())
      for (const [index, form] of forms.entries()) {
        const file = `${name.replaceAll('/', ' ')} ${index}`;
        await writeFile(join(planted, file), Buffer.concat([Buffer.from('{"a":"x'), form, Buffer.from('","b":2}')]));
        expected.push({ file: join('planted', file), marker: name });
      }
    const found = await searchFor(markers(), [stack().home], ['secrets']);
    const isPlanted = ({ file }: Found) => file.startsWith('planted');
    expect(found.filter(isPlanted)).toHaveLength(expected.length);
    expect(found).toEqual(expect.arrayContaining(expected));
    await rm(planted, { recursive: true });
  });
}

/** What a process of the stack was started with; nothing of one that has ended. */
function wordsOf(pid: number, file: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Of all jobs. */
async function exceptionsOf(config: Config): Promise<unknown[]> {
  interface Exceptions {
    readonly exceptionHistory: { readonly entries: unknown[] };
  }
  const jobs = await listJobs(config);
  const answers = jobs.map(({ id }) => askFlink<Exceptions>(config, `/jobs/${id}/exceptions`));
  return (await Promise.all(answers)).flatMap(({ exceptionHistory }) => exceptionHistory.entries);
}

/** All that Flink's REST API says of its configuration, its logs, and each job: options, plan, exceptions, checkpoints. */
async function shownByFlink(config: Config): Promise<string> {
  const jobs = await listJobs(config);
  const { taskmanagers } = await askFlink<{ taskmanagers: { id: string }[] }>(config, '/taskmanagers');
  const paths = [
    ...['/config', '/overview', '/jobmanager/config', '/jobmanager/environment', '/jobmanager/metrics'],
    ...['/jobs/overview', '/taskmanagers', '/jars'],
    ...taskmanagers.map(({ id }) => `/taskmanagers/${encodeURIComponent(id)}`),
    ...jobs.flatMap(
      ({ id }) =>
      ['', '/config', '/plan', '/exceptions', '/checkpoints', '/checkpoints/config', '/accumulators', '/jobmanager/config'].map((of) => `/jobs/${id}${of}`), // prettier-ignore
    ),
  ];
  const answers: string[] = [];
  for (const path of paths) answers.push(path, JSON.stringify(await askFlink(config, path).catch(String)));
  expect(jobs).toHaveLength(5);
  return answers.join('\n');
}
