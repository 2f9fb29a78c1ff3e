/** The command line of `demo` and `reconcile`, and their texts. The end-to-end test runs the demonstration itself. */
import { expect, it, vi } from 'vitest';
import { createLiveView, liveText } from '../../cli/live-view.js';
import { reconcileText, stagesText } from '../../cli/report-text.js';
import { accountFor, ends, order, traceOf, withPanes } from '../reconcile/histories.js';
import { orderflow } from './orderflow.js';

it.concurrent.each([
  ['demo --orders -5', '--orders: expected a whole number, 1 or more, not "-5"'],
  ['demo --orders many', '--orders: expected a whole number, 1 or more, not "many"'],
  ['demo --rate 0', '--rate: expected a number above 0, not "0"'],
  ['demo --seed 1 --seed 2', '--seed: expected one value, not "1 2"'],
  ['reconcile --wait -1', '--wait: expected a number of seconds, 0 or more'],
])('refuses `orderflow %s`', async (line, sentence) => {
  expect(await orderflow(line.split(' '))).toEqual({ code: 2, stdout: '', stderr: `orderflow: ${sentence}\n` });
});

it('says that nothing answers', async () => {
  expect(await orderflow(['reconcile'])).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'orderflow: PostgreSQL at 127.0.0.1:1/orderflow cannot be reached (ECONNREFUSED): start it with `orderflow up`, or set ORDERFLOW_POSTGRES_URL\n',
  });
});

const traces = withPanes(ends.flatMap((end) => traceOf(order(`o-${end}`), end)));

it('shows the stages as a table', () => {
  expect(stagesText(accountFor(traces)).split('\n').slice(0, 2)).toEqual([
    'stage               in  out  rejected  dead letters  orders/s  p50 ms  p99 ms',
    'validator            8    5         2             1        12      20      20',
  ]);
});

it('shows the sum, and says that nothing is missing', () => {
  const lines = reconcileText(accountFor(traces)).split('\n');
  expect(lines.slice(0, 11)).toEqual([
    'records on raw_order  number',
    'internal                   1',
    'delivered                  1',
    'deliveryPending            1',
    'deliveryFailed             1',
    'rejected                   1',
    'cancelled                  1',
    'deadLettered               2',
    'redelivery                 0',
    'lost or under way          0',
    'all                        8',
  ]);
  expect(lines.at(-1)).toMatch(/^8 orders, none lost, none doubled; end to end p50 \d+ ms, p99 \d+ ms, \d+ orders\/s$/);
});

it('names the first twenty that are missing', () => {
  const lost = Array.from({ length: 23 }, (_, index) => traceOf(order(`o-${index}`), 'rejected').slice(0, 1)).flat();
  const lines = reconcileText(accountFor(lost)).split('\n');
  expect(lines.filter((line) => line.startsWith('lost: ')).slice(0, 2)).toEqual([
    'lost: order o-0, message m-o-0, raw_order 1@0 is in raw_order, and in no later topic',
    'lost: order o-1, message m-o-1, raw_order 1@1 is in raw_order, and in no later topic',
  ]);
  expect(lines.slice(-3)).toEqual([
    '… and 3 more: --json has all of them',
    '',
    '23 orders: 23 lost or under way, 0 doubled',
  ]);
});

it('shows how things stand while it goes on', () => {
  const job = {
    id: '1',
    name: 'router',
    state: 'RUNNING',
    hasStarted: true,
    runningMs: 5,
    failedCheckpoints: 0,
    restarts: 2,
  };
  const lag = { validator: 3, enricher: 0, router: 12, 'external-processor': 0, aggregator: 0 };
  const lines = liveText({ report: accountFor(traces), jobs: [job], lag }).split('\n');
  expect(lines.slice(0, 3)).toEqual(['orders           number', 'published             8', 'internal              1']);
  expect(lines.slice(-9)).toEqual([
    'stage               job      lag  restarts',
    'validator           no job     3',
    'enricher            no job     0',
    'router              RUNNING   12         2',
    'external-processor  no job     0',
    'aggregator          no job     0',
    '',
    'under way: 0 · doubled: 0 · Ctrl-C ends it',
    '',
  ]);
});

/** What a terminal of so many columns shows after this, as far as the view needs: text, ends of lines, up, clear (ECMA-48). */
function screenAfter(written: string, columns: number): string[] {
  const rows: string[] = [''];
  let row = 0;
  // eslint-disable-next-line no-control-regex -- that is what a terminal is told by
  for (const [, up, clear, end, text] of written.matchAll(/\x1b\[(\d+)A|(\x1b\[J)|(\n)|([^\x1b\n]+)/g)) {
    if (up) row = Math.max(0, row - Number(up));
    if (clear) rows.splice(row, Infinity, '');
    if (text) {
      const parts = text.match(new RegExp(`.{1,${columns}}`, 'gu'))!;
      rows.splice(row, parts.length, ...parts);
      row += parts.length - 1;
    }
    if (end) rows[++row] ??= '';
  }
  return rows;
}

it.each([40, 110])('shows it in place on a terminal of %i columns, in which lines are broken', (columns) => {
  const lag = { validator: 3, enricher: 0, router: 12, 'external-processor': 0, aggregator: 0 };
  const state = { report: accountFor(traces), jobs: [], lag };
  let written = '';
  const { isTTY, columns: before } = process.stdout;
  const log = vi.spyOn(console, 'log').mockImplementation((text) => void (written += `${String(text)}\n`));
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((written += String(text))));
  Object.assign(process.stdout, { isTTY: true, columns });
  try {
    const view = createLiveView();
    for (let time = 0; time < 3; time++) view(state);
  } finally {
    Object.assign(process.stdout, { isTTY, columns: before });
    write.mockRestore();
    log.mockRestore();
  }
  const once = screenAfter(`${liveText(state)}\n`, columns);
  expect(screenAfter(written, columns)).toEqual(once);
});
