/** One life of the whole flow, from a seed: producers, topics, stages, partners, an operator, and all that changes or dies meanwhile. */
import { createRandom, type Random } from '../generator/random.js';
import { createInMemoryMetastore } from '../metastore/in-memory.js';
import type { Metastore } from '../metastore/metastore.js';
import { fusedStages } from '../model/fusion.js';
import { redeliveryFunction, stageByName, stageNames, type StageName } from '../model/stages.js';
import { createStageFunctions } from '../pipelines/stage-functions.js';
import { createKeys } from './keys.js';
import { createOperator } from './operator.js';
import type { Violation } from './evidence.js';
import { judge } from './oracle.js';
import { createReadings } from './readings.js';
import { createPartners } from './partner.js';
import { createProducers } from './producers.js';
import { change, customers, firstReference, lastReference } from './reference.js';
import { createStageRun, windowOf, type StageRun, type Step } from './stage-run.js';
import { createTopics, partitions } from './topics.js';
import { createTurns, settled, type Turns } from './turns.js';
import { fuse } from '../transforms/fused.js';
import type { PersonalDataMode } from '../transforms/step/personal-data.js';

export interface SimulationOptions {
  readonly seed: string;
  /** How long things happen before all comes to rest, in steps: one for each thing that is done, and for each turn. */
  readonly steps: number;
  /** Takes a mend out, to see that its absence is found. */
  readonly without?: (metastore: Metastore) => Partial<Metastore>;
}

export interface SimulationResult {
  readonly steps: number;
  readonly violations: readonly Violation[];
  /** What happened, a line for each step. */
  readonly story: readonly string[];
}

const start = Date.UTC(2026, 0, 15, 12);
const hour = 3_600_000;
const retry = { retryMs: 5_000, retryMaxMs: 60_000, maxTries: 8, giveUpMs: 72 * hour };
const modes: readonly PersonalDataMode[] = ['plain', 'sealed', 'sealed-only'];
/** Turns and ticks until everything must have come to rest. */
const patience = 20_000;

/** Every call of the stages waits for its turn, before it has its effect and, now and then, after it. */
function throughTurns(metastore: Metastore, turns: Turns, random: Random): Metastore {
  const calls = Object.entries(metastore).map(([name, call]) => [
    name,
    async (...parameters: unknown[]) => {
      await turns.wait(name);
      const answer = await (call as (...all: unknown[]) => Promise<unknown>)(...parameters);
      if (random.chance(0.3)) await turns.wait(`hears of ${name}`);
      return answer;
    },
  ]);
  return Object.fromEntries(calls) as Metastore;
}

/** Lives once. The same seed lives the same life. */
export async function simulate({ seed, steps, without }: SimulationOptions): Promise<SimulationResult> {
  return createSimulation(createRandom(seed), without ?? (() => ({}))).run(steps);
}

function createSimulation(random: Random, without: NonNullable<SimulationOptions['without']>) {
  const story: string[] = [];
  const note = (text: string) => void story.push(text);
  let now = start;
  const clock = () => now;
  let allowedLatenessMs = 24 * hour;
  /** The order at which the metastore fails, as it does for data that it cannot take, until that is mended. */
  let bug = '';
  /** In every other life all orders are plain. */
  const isSealing = random.chance(0.5);
  let personalData: PersonalDataMode = isSealing ? random.pick(modes) : 'plain';
  let isFused = random.chance(0.5);
  let reference = firstReference;
  let lookups = createInMemoryMetastore(reference, clock);
  const claims = createInMemoryMetastore(firstReference, clock);
  const topics = createTopics(clock);
  const turns = createTurns(random, note);
  const partners = createPartners(random, turns);
  const keys = createKeys(random, turns, claims, clock);
  const readings = createReadings(clock);
  const producers = createProducers(random, topics, clock, async (value) =>
    isSealing && random.chance(0.6) ? keys.seal(value) : value,
  );
  const operator = createOperator(random, topics, claims);
  const real = metastore();
  const shared = throughTurns({ ...real, ...without(real) }, turns, random);
  const stages = stageNames.map(createStage);
  const validator = stages.find(({ stage }) => stage === 'validator')!;
  const deliverer = stages.find(({ stage }) => stage === 'external-processor')!;
  let done = 0;

  /** The claims and histories of all, with the reference data of the moment. */
  function metastore(): Metastore {
    return {
      ...claims,
      lookupForValidation: async (queries) => {
        const facts = await lookups.lookupForValidation(queries);
        const answers = await claims.lookupForValidation(queries);
        return answers.map(({ claim }, index) => ({ ...facts[index]!, claim }));
      },
      lookupForEnrichment: (queries) => lookups.lookupForEnrichment(queries),
      lookupRoutes: (queries) => lookups.lookupRoutes(queries),
      claimDeliveries: async (queries) => {
        if (queries.some(({ orderId }) => orderId === bug))
          throw Object.assign(new Error('a value that it cannot take'), { code: '22P02' });
        return claims.claimDeliveries(queries);
      },
    };
  }

  function createStage(stage: StageName): StageRun {
    const functions = () => {
      const dependencies = {
        metastore: shared,
        partner: partners.client,
        clock,
        maxOrderBytes: 10_000,
        allowedLatenessMs,
        vault: keys.newVault(shared),
        personalData,
        retry: { ...retry, random: () => random.fraction() },
      };
      const stepOf = (name: StageName) =>
        readings.by(name, personalData, createStageFunctions[name](dependencies) as unknown as Step);
      if (isFused && stage === fusedStages[0])
        return {
          step: fuse(stepOf as never) as unknown as Step,
          carries: fusedStages.map((name) => stageByName(name).input),
        };
      const step = stepOf(stage);
      const tick = createStageFunctions[redeliveryFunction](dependencies) as unknown as Step;
      return stage === 'external-processor' ? { step, tick } : { step };
    };
    return createStageRun({ stage, topics, turns, random, note, start: functions });
  }

  function setReference(data: typeof reference): void {
    reference = data;
    lookups = createInMemoryMetastore(data, clock);
  }

  function setMode(): void {
    personalData = random.pick(modes);
    validator.crash(`a restart where orders come ${personalData}`);
  }

  async function erase(): Promise<void> {
    const customerId = random.pick(customers);
    await keys.erase(customerId);
    setReference({ ...reference, paymentDefaulters: reference.paymentDefaulters.filter((id) => id !== customerId) });
    note(`${customerId} is erased`);
  }

  /** What happens besides turns and batches, each as likely as it is often here. */
  const events: readonly (() => void | Promise<void>)[] = [
    () => random.pick(stages).crash('kill -9'),
    ...Array<() => void>(3).fill(() => random.pick(stages).save()),
    ...Array<() => void>(2).fill(() => deliverer.tick()),
    () => void (now += random.between(1, 20_000)),
    () => {
      const [data, what] = change(reference, random, producers.orderIds());
      setReference(data);
      note(`reference data: ${what}`);
    },
    () => note(`operator ${operator.releaseOne()}`),
    () => {
      const partner = random.pick(['P1', 'P2']);
      note(`partner ${partner} ${partners.toggle(partner)}`);
    },
    () => {
      // Kafka's retention, of what all readers have behind them.
      const [{ input }, partition] = [random.pick(stages), random.pick(partitions)];
      const readers = stages.filter((stage) => stage.input === input);
      topics.expire(input, partition, Math.min(...readers.map((reader) => reader.saved(partition))));
    },
    () => {
      allowedLatenessMs = random.pick([24, 48]) * hour;
      random.pick(stages).crash(`a restart with a lateness of ${allowedLatenessMs / hour} h`);
    },
    () => {
      isFused = !isFused;
      validator.crash(isFused ? 'a restart in which it carries orders on' : 'a restart in which it carries none on');
    },
    () => {
      note(bug ? `the metastore no longer fails at ${bug}` : 'the metastore fails at the next order');
      bug = bug ? '' : producers.nextOrderId();
    },
    ...Array<() => Promise<void>>(3).fill(async () => note(`somebody ${await producers.publish()}`)),
    ...(isSealing ? [erase, setMode] : []),
  ];

  /** What happens next: a turn mostly, so that what was begun comes to its end. */
  async function step(): Promise<void> {
    done += 1;
    if (random.chance(0.7) && turns.count() > 0) turns.giveOne(0.003);
    else if (random.chance(0.75)) random.pick(stages).read(4);
    else await random.pick(events)();
    await settled();
  }

  /** No more faults and no more changes: what is under way comes to its end, and what waits is tried. */
  async function comeToRest(): Promise<void> {
    note('all comes to rest');
    partners.calm();
    keys.calm();
    bug = '';
    setReference(lastReference);
    operator.finish();
    let quiet = 0;
    for (let turn = 0; turn < patience && quiet < 3; turn += 1) {
      done += 1;
      if (turns.count() > 0) turns.giveOne(0);
      else if (!stages.some((stage) => stage.read(20))) {
        now += 70_000;
        deliverer.tick();
        quiet = (await claims.parkedPartners()).length > 0 ? 0 : quiet + 1;
      }
      await settled();
    }
  }

  return {
    async run(steps: number): Promise<SimulationResult> {
      while (done < steps) await step();
      await comeToRest();
      const violations = await judge({
        published: producers.published,
        released: operator.sent,
        all: topics.all,
        effects: partners.effects,
        history: claims.history,
        sums: stages.find(({ stage }) => stage === 'aggregator')!.sums(),
        windowOf,
        readings: readings.all,
        erasedAt: keys.erasedAt,
        open: keys.open,
        parked: (await claims.parkedPartners()).length,
      });
      return { steps: done, violations, story };
    },
  };
}

/** The lines of a story that name one of these, with their numbers. */
export function storyOf(story: readonly string[], about: readonly string[]): string[] {
  const names = about.map((name) => new RegExp(`(^|[^\\w])${name.replace(/[^\w]/g, '\\$&')}($|[^\\w])`));
  return story.flatMap((line, index) => (names.some((name) => name.test(line)) ? [`${index + 1} ${line}`] : []));
}
