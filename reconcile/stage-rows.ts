/** The table of the stages, with what went in and out of each. Pure. */
import { stages, type StageName } from '../model/stages.js';
import type { OrderCounts } from './orders.js';
import type { Outcome } from './outcome.js';
import { seenIn, type Publication } from './publication.js';
import type { StageRow } from './report.js';
import { createTiming, noPercentiles, type Timing } from './timing.js';
import type { WindowsReport } from './windows.js';

type Timed = Exclude<StageName, 'aggregator'>;

/** When publications left each stage. A pane does not say which orders it holds, so that the aggregator has no times. */
export interface StageTimings {
  readonly of: Readonly<Record<Timed, Timing>>;
  add(publication: Publication, outcome: Outcome | undefined): void;
}

export function createStageTimings(): StageTimings {
  const of: Record<Timed, Timing> = {
    validator: createTiming(),
    enricher: createTiming(),
    router: createTiming(),
    'external-processor': createTiming(),
  };
  return {
    of,
    add(publication, outcome) {
      const { seen, publishedAt, validatedAt, enrichedAt, routedAt, endedAt } = publication;
      if ((seen & seenIn.valid) !== 0) of.validator.add(publishedAt, validatedAt);
      if (enrichedAt > 0) of.enricher.add(publishedAt, enrichedAt);
      if (routedAt > 0) of.router.add(publishedAt, routedAt);
      if (outcome === 'delivered') of['external-processor'].add(publishedAt, endedAt);
    },
  };
}

interface Counts {
  /** Different ones, by the stage that wrote them. */
  readonly lettersByStage: ReadonlyMap<StageName, number>;
  readonly orders: OrderCounts;
  readonly raw: number;
  readonly rejected: number;
  readonly windows: WindowsReport;
  readonly timings: StageTimings;
}

export function stageRows({ lettersByStage, orders, raw, rejected, windows, timings }: Counts): StageRow[] {
  const flow: Record<StageName, { in: number; out: number; rejected?: number }> = {
    validator: { in: raw, out: orders.valid, rejected },
    enricher: { in: orders.valid, out: orders.enriched },
    router: { in: orders.enriched, out: orders.internal + orders.external },
    'external-processor': { in: orders.external, out: orders.delivered },
    aggregator: { in: orders.enriched, out: windows.orders },
  };
  return stages.map(({ name }) => ({
    stage: name,
    rejected: 0,
    ...flow[name],
    deadLetters: lettersByStage.get(name) ?? 0,
    ...(name === 'aggregator'
      ? { ordersPerSecond: windows.ordersPerSecond, latencyMs: noPercentiles }
      : { ordersPerSecond: timings.of[name].rate(), latencyMs: timings.of[name].latency() }),
  }));
}
