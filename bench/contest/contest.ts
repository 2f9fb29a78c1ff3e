/** The contest: turns of all contestants, interleaved over several rounds, and the limits of what all of them stand on. */
import { loadavg } from 'node:os';
import { problemText } from '../../cli/report-text.js';
import type { Report } from '../../reconcile/report.js';
import type { Contestant } from './contestant.js';
import { measureLimits } from './limits.js';
import type { Load, Measured } from './measure.js';
import { orderOfTurns } from './order.js';
import { loadResult, type LimitsResult, type TurnResult } from './result.js';
import { ContestantError, type Ground, onEmptyStack, playTurn, type Turn } from './turn.js';

/** The name by which the limits have their turn. */
export const limitsName = 'limits';

export interface ContestOptions {
  /** How often each contestant has its turn. */
  readonly rounds: number;
  /** The first rounds, in which the steady rates and the limits are measured, too. */
  readonly steadyRounds: number;
  /** Orders that warm everything up. */
  readonly warmUp: number;
  /** Orders that are published as fast as possible. */
  readonly orders: number;
  /** Orders per second of the steady rate that is the same for all… */
  readonly rate: number;
  /** …and how long the steady rates are held, in s. */
  readonly seconds: number;
  /** Of the orders, and of whose turn is when. */
  readonly seed: number;
  /** Whether the limits are measured. */
  readonly hasLimits: boolean;
  readonly onProgress: (text: string) => void;
}

export interface ContestResult {
  readonly turns: readonly TurnResult[];
  readonly limits: readonly LimitsResult[];
}

/**
 * Prepares all contestants, then plays the turns one after the other. A contestant that cannot be prepared, ends in the middle or does not reconcile has a
 * fault, and the others go on. Rejects where anything else fails, and when the signal ends it.
 */
export async function playContest(
  contestants: readonly Contestant[],
  ground: Ground,
  options: ContestOptions,
): Promise<ContestResult> {
  const { rounds, steadyRounds, seed, hasLimits, onProgress } = options;
  const turns: TurnResult[] = [];
  const limits: LimitsResult[] = [];
  const ready = new Map<string, Contestant>();
  for (const contestant of contestants) {
    const fault = await prepare(contestant);
    if (fault === null) ready.set(contestant.name, contestant);
    else turns.push({ contestant: contestant.name, round: 0, seconds: 0, loadAverage: loadavg()[0]!, fault });
  }
  for (const [round, names] of orderOfTurns([...ready.keys(), limitsName], rounds, seed).entries()) {
    for (const name of names) {
      ground.signal?.throwIfAborted();
      const contestant = ready.get(name);
      if (contestant) {
        const turn = await turnOf(contestant, round, ground, options);
        turns.push(turn);
        onProgress(JSON.stringify(turn));
      } else if (hasLimits && round < steadyRounds) {
        const result = { round, limits: await limitsOf(ground, seed) };
        limits.push(result);
        onProgress(JSON.stringify(result));
      }
    }
  }
  return { turns, limits };
}

async function prepare({ name, prepare }: Contestant): Promise<string | null> {
  try {
    await prepare?.();
    return null;
  } catch (error) {
    return `${name} cannot be prepared: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const limitsOf = ({ data, ...ground }: Ground, seed: number) =>
  onEmptyStack({ ...ground, data }, (config) => measureLimits(config, data, seed));

type Loads = Pick<TurnResult, 'fault' | 'fast' | 'steady' | 'half'>;

async function turnOf(
  contestant: Contestant,
  round: number,
  ground: Ground,
  options: ContestOptions,
): Promise<TurnResult> {
  const began = performance.now();
  const loadAverage = loadavg()[0]!;
  const { settings, share, orderBytes, reference } = contestant.conditions ?? {};
  const environment = { ...(ground.environment ?? process.env), ...settings };
  let loads: Loads;
  try {
    loads = await playTurn(contestant, { ...ground, ...reference?.(), environment }, ({ measure }) =>
      playLoads({ measure: (load) => measure({ ...load, orderBytes }) }, round, {
        ...options,
        ...shared(options, share),
      }),
    );
  } catch (error) {
    if (!(error instanceof ContestantError)) throw error;
    loads = { fault: error.message };
  }
  return { contestant: contestant.name, round, seconds: (performance.now() - began) / 1_000, loadAverage, ...loads };
}

/** How many orders it is, of those that go as fast as possible. */
export const shared = ({ warmUp, orders }: Pick<ContestOptions, 'warmUp' | 'orders'>, share = 1) => ({
  warmUp: Math.ceil(warmUp * share),
  orders: Math.ceil(orders * share),
});

/** As fast as possible, then at the steady rates; ends with the first load that does not reconcile. */
async function playLoads(turn: Turn, round: number, options: ContestOptions): Promise<Loads> {
  const { warmUp, orders, rate, seconds, steadyRounds } = options;
  // Different orders in each round, and the same for all contestants.
  const seed = options.seed * 1_000 + round * 10;
  const warm = await turn.measure({ orders: warmUp, seed });
  if (!warm.report.reconciled) return { fault: faultOf('while it was warmed up', warm) };
  const fastLoad: Load = { orders, seed: seed + 1 };
  const fast = await turn.measure(fastLoad);
  if (!fast.report.reconciled) return { fault: faultOf('as fast as possible', fast) };
  const figures = { fast: loadResult(fast, fastLoad) };
  if (round >= steadyRounds) return { fault: null, ...figures };
  const steadyLoad = { orders: Math.ceil(rate * seconds), rate, seed: seed + 2 };
  const steady = await turn.measure(steadyLoad);
  if (!steady.report.reconciled) return { fault: faultOf(`at ${rate} orders/s`, steady) };
  const halfRate = Math.max(1, Math.round((fast.report.ordersPerSecond ?? 0) / 2));
  const halfLoad = { orders: Math.ceil(halfRate * seconds), rate: halfRate, seed: seed + 3 };
  const half = await turn.measure(halfLoad);
  if (!half.report.reconciled) return { fault: faultOf(`at ${halfRate} orders/s`, half) };
  return { fault: null, ...figures, steady: loadResult(steady, steadyLoad), half: loadResult(half, halfLoad) };
}

/** What was lost or doubled, for a person, with the first that is wrong. */
export const faultOf = (when: string, { report }: Pick<Measured, 'report'>): string => {
  const { lost, duplicated, unaccounted, deliveryPending } = report;
  const sum = `${lost} lost, ${duplicated} doubled, ${unaccounted} not accounted for, ${deliveryPending} pending`;
  return [`${when}: ${sum}`, ...firstWrong(report)].join('; ');
};

function firstWrong({ problems, checks }: Report): string[] {
  if (problems.length > 0) return problems.slice(0, 1).map(problemText);
  const broken = checks.filter(({ left, right }) => left !== right);
  return broken.slice(0, 1).map(({ name, left, right }) => `${name}: ${left} and ${right}`);
}
