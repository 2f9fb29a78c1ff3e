/** `npm run bench:profile`: where one of our forms spends its time, as flame graphs. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { interruptSignal } from '../../cli/interrupt.js';
import { badValue, requireSingle, wholeNumber } from '../../cli/numbers.js';
import { failWith, helpWidth, runProgram, textOption } from '../../cli/program.js';
import { table } from '../../cli/table.js';
import { type Config, loadConfig } from '../../config.js';
import { OperatorError } from '../../errors.js';
import { writeWhole } from '../../kafka/new-file.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { faultOf } from '../contest/contest.js';
import type { Load } from '../contest/measure.js';
import { fiveJobs, fusedJobs } from '../contest/ours.js';
import { playTurn } from '../contest/turn.js';
import { flameGraph } from './flame-graph.js';
import { profiled, type Profile } from './processes.js';

const forms = [fusedJobs, fiveJobs];
const hook = pathToFileURL(fileURLToPath(new URL('./hook.js', import.meta.url))).href;

/** A table of a profile's largest slices. */
const largest = ({ name, slices }: Profile) =>
  table(
    [name, '%'],
    slices.slice(0, 12).map(([what, share]) => [what, (100 * share).toFixed(1)]),
  );

const parse = () =>
  yargs(hideBin(process.argv))
    .scriptName('npm run bench:profile --')
    .usage('$0 [options]\n\nflame graphs of the workers and the TaskManager, under as many orders as fast as possible')
    .option('only', textOption(`one of ${forms.map(({ name }) => name).join(', ')}`, fusedJobs.name))
    .option('warm-up', textOption('orders before', '15000'))
    .option('orders', textOption('orders that are profiled', '40000'))
    .option('seed', textOption('of the orders', '1'))
    .option('out', textOption('the folder of the pictures', '.orderflow/profile'))
    .example('npm run bench:profile -- --only "five jobs"', 'a job for each stage')
    .strict()
    .wrap(helpWidth())
    .version(false)
    .fail(failWith())
    .parseSync();

async function main(): Promise<void> {
  const { only, warmUp, orders, seed, out } = parse();
  requireSingle({ only, 'warm-up': warmUp, orders, seed, out });
  const form = forms.find(({ name }) => name === only);
  if (!form) throw badValue('only', `expected one of ${forms.map(({ name }) => name).join(', ')}`, only);
  const before = wholeNumber('warm-up', warmUp, 1);
  const count = wholeNumber('orders', orders, 1);
  const first = wholeNumber('seed', seed, 0);
  const signal = interruptSignal();
  const data = await readReferenceFile(defaultReferenceFile);
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-profile-'));
  const environment = { ...process.env, PROFILE_FOLDER: folder, NODE_OPTIONS: `--import ${hook}` };
  let config: Config;
  const watched: typeof form = {
    ...form,
    start(place) {
      config = place.config;
      return form.start(place);
    },
  };
  const ground = { home: join(loadConfig().home, 'contest'), data, environment, signal };
  try {
    const profiles = await playTurn(watched, ground, async (turn): Promise<Profile[]> => {
      const measure = async (when: string, load: Load) => {
        const measured = await turn.measure(load);
        if (!measured.report.reconciled) throw new Error(faultOf(when, measured));
      };
      await measure('while it was warmed up', { orders: before, seed: first });
      const all = await profiled(config, folder, () =>
        measure('while it was watched', { orders: count, seed: first + 1 }),
      );
      // Workers of stages whose orders are carried by another one do nothing.
      return all.filter(({ root }) => root.calls.length > 0);
    }).catch((cause: unknown) => {
      if (!signal.aborted) throw cause;
      throw new OperatorError('INTERRUPTED', 'interrupted: nothing is drawn', { cause, exitCode: 130 });
    });
    await mkdir(out, { recursive: true });
    for (const { name, root } of profiles) await writeWhole(join(out, `${name}.svg`), [flameGraph(root)]);
    console.log([...profiles.map(largest), `${profiles.length} pictures in ${out}`].join('\n\n'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

await runProgram('bench:profile', main);
