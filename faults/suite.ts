/** All faults, one after another, on one stack. */
import type { Config } from '../config.js';
import { start } from '../demo/start.js';
import { stop } from '../demo/stop.js';
import { createRandom } from '../generator/random.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { defaultReferenceFile, readReferenceFile } from '../metastore/reference-data.js';
import { createReader } from '../reconcile/read.js';
import type { Report } from '../reconcile/report.js';
import { readUntilSettled } from '../reconcile/settle.js';
import type { Fault } from './faults.js';
import { type FaultRow, isGood, runRow } from './row.js';

export interface SuiteOptions {
  readonly faults: readonly Fault[];
  readonly seed: number;
  /** Orders per second. */
  readonly rate: number;
  /** Leaves the stack and the jobs up. */
  readonly keep: boolean;
  readonly onRow: (row: FaultRow) => void;
  readonly onPhase: (fault: string, phase: string) => void;
}

export interface SuiteResult {
  readonly seed: number;
  readonly rows: readonly FaultRow[];
  /** The account of the whole run, when all rows are done: what a row left behind would show here. */
  readonly whole: Report;
  /** Every row is as it should be, and the whole run is accounted for. */
  readonly isGood: boolean;
  readonly seconds: number;
}

/** Starts what is missing, does each fault, and stops everything unless it is to keep it. Fails as its parts do. */
export async function runFaults(config: Config, options: SuiteOptions): Promise<SuiteResult> {
  const { faults, seed, rate, keep, onRow, onPhase } = options;
  const begin = performance.now();
  const random = createRandom(`faults ${seed}`);
  const data = await readReferenceFile(defaultReferenceFile);
  try {
    const { scope } = await start(config, data, { signal: new AbortController().signal, addOns: [] });
    return await withPool(databaseOf(config, 'page'), async (pool) => {
      const rows: FaultRow[] = [];
      for (const [index, fault] of faults.entries()) {
        const row = await runRow(config, pool, fault, {
          data,
          random,
          rate,
          seed: seed * 1_000 + index,
          onPhase: (phase) => onPhase(fault.name, phase),
        });
        rows.push(row);
        onRow(row);
      }
      onPhase('all', 'account for the whole run');
      using reader = createReader(config, pool, { scope });
      const whole = await readUntilSettled(reader, { waitMs: 60_000 });
      return {
        seed,
        rows,
        whole,
        isGood: rows.every(isGood) && whole.reconciled,
        seconds: (performance.now() - begin) / 1000,
      };
    });
  } finally {
    if (!keep) await stop(config);
  }
}
