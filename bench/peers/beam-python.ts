/**
 * The same five jobs on the same job server and Flink, written with Apache Beam's Python SDK: what the language and its SDK cost.
 *
 * Left out: releases of dead letters, sealed orders, secured Kafka, parking (an order that the partner does not answer fails its bundle, and Flink
 * sends it again from the last checkpoint), and what is hostile beyond what the generator makes (too many fields, Unicode's default ignorables).
 * https://beam.apache.org/documentation/runtime/sdk-harness-config/ has the external worker pool.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Config, projectRoot } from '../../config.js';
import { waitUntilRunning } from '../../flink/stage-jobs.js';
import { databaseOf } from '../../metastore/database.js';
import { stageNames } from '../../model/stages.js';
import { runPrograms } from '../contest/child.js';
import { type Contestant, perCore } from '../contest/contestant.js';
import { contractOf } from './beam-python-contract.js';

const run = promisify(execFile);
const sources = join(projectRoot, 'bench', 'peers', 'beam-python');
const installed = join(projectRoot, '.orderflow', 'beam-python');
const binaries = join(installed, 'venv', 'bin');
const python = join(binaries, 'python');
const generated = join(installed, 'generated');

/** Of all Python processes. The pool starts its workers by the name `python`. */
const environmentOf = (config: Config) => ({
  PATH: [binaries, process.env['PATH']].join(delimiter),
  PYTHONPATH: [sources, generated].join(delimiter),
  PYTHONDONTWRITEBYTECODE: '1',
  BEAM_PYTHON_POSTGRES: databaseOf(config, 'operator').url,
});

export const beamPython: Contestant = {
  name: 'Beam Python',
  does: "the same five Flink jobs, written with Beam's Python SDK",
  conditions: perCore,
  services: ['zookeeper', 'jobmanager', 'taskmanager', 'job-server'],
  async prepare() {
    await mkdir(generated, { recursive: true });
    if (!existsSync(python)) await run('python3', ['-m', 'venv', join(installed, 'venv')]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', join(sources, 'requirements.txt')]);
    const folder = join(projectRoot, 'proto');
    const out = `--python_out=${generated}`;
    await run(python, ['-m', 'grpc_tools.protoc', `--proto_path=${folder}`, out, join(folder, 'orders.proto')]);
  },
  async start({ config, folder }) {
    const environment = environmentOf(config);
    const contract = join(folder, 'contract.json');
    await writeFile(contract, JSON.stringify(await contractOf(config)));
    const pool = runPrograms(folder, [
      {
        name: 'worker-pool',
        file: python,
        args: ['-m', 'orderflow_beam.pool', `--service_port=${config.ports.workerPool}`],
        environment,
      },
    ]);
    try {
      await run(python, ['-m', 'orderflow_beam.submit', contract], { env: { ...process.env, ...environment } });
      await waitUntilRunning(config, stageNames);
    } catch (error) {
      await pool.stop();
      throw error;
    }
    return pool;
  },
};
