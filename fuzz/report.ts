/** What a run of the fuzzer came to, as text. Pure. */
import { table } from '../cli/table.js';
import { outcomes } from './kind.js';
import type { FuzzReport } from './run.js';
import { hostileRecords, type HostileOptions } from './values.js';

/** Bytes of a failing value that are printed; it can be had again whole by its index. */
const MAX_PRINTED_BYTES = 2_000;
const MAX_PRINTED_FINDINGS = 20;

/** The outcomes by kind, and their sums. */
export function tableOfKinds({ kinds }: Pick<FuzzReport, 'kinds'>): string {
  const columns = [...outcomes, 'unaccounted'] as const;
  const rows = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1));
  const count = (number: number) => (number === 0 ? '' : String(number));
  const totals = columns.map((column) => String(rows.reduce((sum, [, row]) => sum + row[column], 0)));
  return table(
    ['kind', ...columns],
    [...rows.map(([name, row]) => [name, ...columns.map((column) => count(row[column]))]), ['all', ...totals]],
  );
}

/** Each of the first findings with its value, and how to have it again. */
export function textOfFindings({ findings }: Pick<FuzzReport, 'findings'>, options: HostileOptions): string {
  const recordAt = hostileRecords(options);
  return findings
    .slice(0, MAX_PRINTED_FINDINGS)
    .map(({ index, kind, problem }) => {
      const { value } = recordAt(index).record;
      const hex = Buffer.from(value ?? [])
        .subarray(0, MAX_PRINTED_BYTES)
        .toString('hex');
      return [
        `${index} (${kind}): ${problem}`,
        `  again: npm run fuzz -- --seed ${options.seed} --from ${index} --values 1`,
        `  ${value === null ? 'no value' : `${value.length} bytes: ${hex}`}`,
      ].join('\n');
    })
    .join('\n\n');
}
