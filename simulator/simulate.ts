/** One life of the whole flow, from a seed: producers, topics, stages, partners, an operator, and all that changes or dies meanwhile. */
import { createRandom, type Random } from '../generator/random.js';
import { createInMemoryMetastore, type InMemoryMetastore } from '../metastore/in-memory.js';
import type { Metastore } from '../metastore/metastore.js';
import { redeliveryFunction, stageNames, type StageName } from '../model/stages.js';
import { createStageFunctions } from '../pipelines/stage-functions.js';
import { createOperator } from './operator.js';
import { judge, type Violation } from './oracle.js';
import { createPartners } from './partner.js';
import { createProducers } from './producers.js';
import { change, firstReference, lastReference } from './reference.js';
import { createStageRun, windowOf, type StageRun, type Step } from './stage-run.js';
import { createTopics, partitions } from './topics.js';
import { createTurns, settled, type Turns } from './turns.js';

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

export async function simulate({ seed, steps, without }: SimulationOptions): Promise<SimulationResult> {
  const random = createRandom(seed);
  // Pauses have a part that is left to chance, which has to be the seed's.
  const { random: chance } = Math;
  Math.random = () => random.fraction();
  try {
    return await new Simulation(random, without).run(steps);
  } finally {
    Math.random = chance;
  }
}

class Simulation {
  private readonly story: string[] = [];
  private now = start;
  private done = 0;
  private reference = firstReference;
  private lookups: InMemoryMetastore;
  private allowedLatenessMs = 24 * 3_600_000;
  private readonly clock = () => this.now;
  private readonly note = (text: string) => void this.story.push(text);
  private readonly claims: InMemoryMetastore;
  private readonly topics;
  private readonly turns;
  private readonly partners;
  private readonly producers;
  private readonly operator;
  private readonly stages: readonly StageRun[];
  /** The order at which the metastore fails, as it does for data that it cannot take, until that is mended. */
  private readonly bugs = new Set<string>();

  constructor(
    private readonly random: Random,
    without: SimulationOptions['without'] = () => ({}),
  ) {
    this.claims = createInMemoryMetastore(firstReference, this.clock);
    this.lookups = createInMemoryMetastore(this.reference, this.clock);
    this.topics = createTopics(this.clock);
    this.turns = createTurns(random, this.note);
    this.partners = createPartners(random, this.turns);
    this.producers = createProducers(random, this.topics, this.clock);
    this.operator = createOperator(random, this.topics, this.claims);
    const real = this.metastore();
    const metastore = throughTurns({ ...real, ...without(real) }, this.turns, random);
    this.stages = stageNames.map((stage) => this.createStage(stage, metastore));
  }

  /** The claims and histories of all, with the reference data of the moment. */
  private metastore(): Metastore {
    const { history: _history, claimRelease: _claimRelease, ...claims } = this.claims;
    return {
      ...claims,
      lookupForValidation: async (queries) => {
        const facts = await this.lookups.lookupForValidation(queries);
        const answers = await claims.lookupForValidation(queries);
        return answers.map(({ claim }, index) => ({ ...facts[index]!, claim }));
      },
      lookupForEnrichment: (queries) => this.lookups.lookupForEnrichment(queries),
      lookupRoutes: (queries) => this.lookups.lookupRoutes(queries),
      claimDeliveries: async (queries) => {
        if (queries.some(({ orderId }) => this.bugs.has(orderId)))
          throw Object.assign(new Error('a value that it cannot take'), { code: '22P02' });
        return claims.claimDeliveries(queries);
      },
    };
  }

  private createStage(stage: StageName, metastore: Metastore): StageRun {
    const { topics, turns, random, note } = this;
    const functions = () => {
      const dependencies = {
        metastore,
        partner: this.partners.client,
        clock: this.clock,
        maxOrderBytes: 10_000,
        allowedLatenessMs: this.allowedLatenessMs,
        retry: { retryMs: 5_000, retryMaxMs: 60_000, maxTries: 8, giveUpMs: 72 * 3_600_000 },
      };
      const step = createStageFunctions[stage](dependencies) as unknown as Step;
      const tick = createStageFunctions[redeliveryFunction](dependencies) as unknown as Step;
      return stage === 'external-processor' ? { step, tick } : { step };
    };
    return createStageRun({ stage, topics, turns, random, note, start: functions });
  }

  async run(steps: number): Promise<SimulationResult> {
    while (this.done < steps) await this.step();
    await this.comeToRest();
    const violations = judge({
      published: this.producers.published,
      released: this.operator.sent,
      all: (topic) => this.topics.all(topic),
      effects: this.partners.effects,
      history: this.claims.history,
      sums: this.stages.at(-1)!.sums(),
      windowOf,
      parked: (await this.claims.parkedPartners()).length,
    });
    return { steps: this.done, violations, story: this.story };
  }

  /** What happens next: a turn mostly, so that what was begun comes to its end. */
  private async step(): Promise<void> {
    this.done += 1;
    const { random, turns } = this;
    if (random.chance(0.7) && turns.count() > 0) turns.giveOne(0.003);
    else if (random.chance(0.75)) random.pick(this.stages).read(4);
    else this.happen();
    await settled();
  }

  private happen(): void {
    const { random, note } = this;
    const stage = random.pick(this.stages);
    switch (random.between(0, 15)) {
      case 0:
        return stage.crash('kill -9');
      case 1:
      case 2:
      case 3:
        return stage.save();
      case 4:
      case 5:
        return this.stages.find(({ stage: name }) => name === 'external-processor')!.tick();
      case 6:
        this.now += random.between(1, 20_000);
        return;
      case 7:
        return this.changeReference();
      case 8:
        return note(`operator ${this.operator.releaseOne()}`);
      case 9: {
        const partner = random.pick(['P1', 'P2']);
        return note(`partner ${partner} ${this.partners.toggle(partner)}`);
      }
      case 10:
        return this.expire();
      case 11: {
        this.allowedLatenessMs = random.pick([24, 48]) * 3_600_000;
        return stage.crash(`a restart with a lateness of ${this.allowedLatenessMs / 3_600_000} h`);
      }
      case 12: {
        const [bug] = this.bugs;
        if (bug) this.bugs.delete(bug);
        else this.bugs.add(this.producers.nextOrderId());
        return note(bug ? `the metastore no longer fails at ${bug}` : `the metastore fails at the next order`);
      }
      default:
        return note(`somebody ${this.producers.publish()}`);
    }
  }

  private changeReference(): void {
    const [reference, what] = change(this.reference, this.random, this.producers.orderIds());
    this.reference = reference;
    this.lookups = createInMemoryMetastore(reference, this.clock);
    this.note(`reference data: ${what}`);
  }

  /** Kafka's retention, of what all readers have behind them. */
  private expire(): void {
    const stage = this.random.pick(this.stages);
    const partition = this.random.pick(partitions);
    const readers = this.stages.filter(({ input }) => input === stage.input);
    this.topics.expire(stage.input, partition, Math.min(...readers.map((reader) => reader.saved(partition))));
  }

  /** No more faults and no more changes: what is under way comes to its end, and what waits is tried. */
  private async comeToRest(): Promise<void> {
    this.note('all comes to rest');
    this.partners.calm();
    this.bugs.clear();
    this.reference = lastReference;
    this.lookups = createInMemoryMetastore(lastReference, this.clock);
    this.operator.finish();
    let quiet = 0;
    for (let turn = 0; turn < patience && quiet < 3; turn += 1) {
      this.done += 1;
      if (this.turns.count() > 0) this.turns.giveOne(0);
      else if (!this.stages.map((stage) => stage.read(20)).some(Boolean)) {
        this.now += 70_000;
        this.stages.find(({ stage }) => stage === 'external-processor')!.tick();
        quiet = (await this.claims.parkedPartners()).length > 0 ? 0 : quiet + 1;
      }
      await settled();
    }
  }
}

/** The lines of a story that name one of these, with their numbers. */
export function storyOf(story: readonly string[], about: readonly string[]): string[] {
  const names = about.map((name) => new RegExp(`(^|[^\\w])${name.replace(/[^\w]/g, '\\$&')}($|[^\\w])`));
  return story.flatMap((line, index) => (names.some((name) => name.test(line)) ? [`${index + 1} ${line}`] : []));
}
