/** Counts a run's topics by the program in recount.py, another implementation in another language. */
import { join } from 'node:path';
import { projectRoot, type Config } from '../../config.js';
import type { TopicPosition } from '../../kafka/topic-reader.js';
import type { Report } from '../../reconcile/report.js';
import { runPython } from '../foreign/python.js';

/** The numbers of a report that the topics alone tell. */
export type Counts = Pick<
  Report,
  'raw' | 'valid' | 'rejected' | 'deadLettered' | 'enriched' | 'internal' | 'external' | 'redelivered' | 'aggregated'
>;

/**
 * Counts what the topics hold, or what they hold from some offsets on: then no window of the aggregates may hold earlier
 * orders. Installs Python's packages the first time. Rejects with what Python wrote when that fails.
 */
export async function recount(
  config: Pick<Config, 'kafka'>,
  since?: ReadonlyMap<string, TopicPosition>,
): Promise<Counts> {
  const offsets = since && [
    JSON.stringify(Object.fromEntries([...since].map(([topic, at]) => [topic, Object.fromEntries(at)]))),
  ];
  const program = join(projectRoot, 'tests', 'foreign', 'recount.py');
  const output = await runPython([program, config.kafka, join(projectRoot, 'proto'), ...(offsets ?? [])]);
  return JSON.parse(output) as Counts;
}
