/** The faults' table as text. */
import { table } from '../cli/table.js';
import type { FaultRow } from './row.js';

const seconds = (value: number) => value.toFixed(1);

export function faultsTable(rows: readonly FaultRow[]): string {
  return table(
    [
      'fault',
      'what was hit',
      'orders',
      'orders/s',
      'lost',
      'repeated',
      'lasted s',
      'noticed s',
      'by',
      'moving s',
      'last',
      'limit s',
    ],
    rows.map((row) => [
      row.fault,
      row.target,
      String(row.orders),
      String(Math.round(row.ordersPerSecond)),
      String(row.lost),
      String(row.doubled + row.effectsRepeated),
      row.lasted === null ? '' : seconds(row.lasted),
      row.noticed === null ? '' : seconds(row.noticed.seconds),
      row.noticed?.where ?? 'absorbed',
      row.movedAfter === null ? 'never' : `${seconds(row.movedAfter)}${row.isWell ? '' : ', not well'}`,
      row.last,
      String(row.limitSeconds),
    ]),
  );
}
