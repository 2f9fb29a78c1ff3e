/** A reconciliation as tables for people: what `reconcile` and `demo` print. */
import { outcomes } from '../reconcile/outcome.js';
import type { Problem, Report } from '../reconcile/report.js';
import { printable } from './printable.js';
import { table } from './table.js';

/** More than these are only counted; --json has more. */
const mostProblems = 20;

const whole = (value: number | null) => (value === null ? '' : String(Math.round(value)));

/** A row for each stage, and the reasons of what was rejected. */
export function stagesText({ perStage, rejected }: Report): string {
  const stages = perStage.map((row) => [
    row.stage,
    ...[row.in, row.out, row.rejected, row.deadLetters].map(String),
    whole(row.ordersPerSecond),
    whole(row.latencyMs.p50),
    whole(row.latencyMs.p99),
  ]);
  const reasons = Object.entries(rejected.byReason).map(([reason, count]) => [reason, String(count)]);
  return [
    table(['stage', 'in', 'out', 'rejected', 'dead letters', 'orders/s', 'p50 ms', 'p99 ms'], stages),
    ...(reasons.length > 0 ? [table(['rejected because of', 'orders'], reasons)] : []),
  ].join('\n\n');
}

/** The sum: every record on raw_order by how it ended, the checks, and what is missing or doubled. */
export function reconcileText(report: Report): string {
  const ended = outcomes.map((outcome) => [outcome, String(report.outcomes[outcome])]);
  const checks = report.checks.map(({ name, left, right }) => [
    left === right ? 'yes' : 'NO',
    String(left),
    String(right),
    name,
  ]);
  const rest = report.problems.length + report.problemsLeftOut - mostProblems;
  return [
    table(
      ['records on raw_order', 'number'],
      [...ended, ['lost or under way', String(report.unaccounted)], ['all', String(report.raw)]],
    ),
    table(['equal', 'left', 'right', 'check'], checks),
    ...(report.problems.length > 0 ? [report.problems.slice(0, mostProblems).map(problemText).join('\n')] : []),
    ...(rest > 0
      ? [`… and ${rest} more: --json has ${report.problemsLeftOut > 0 ? 'the first 10,000' : 'all of them'}`]
      : []),
    verdict(report),
  ].join('\n\n');
}

export function problemText({
  kind,
  orderId,
  messageId,
  topic = 'raw_order',
  position,
  window,
  what,
}: Problem): string {
  const names = [
    orderId && `order ${orderId}`,
    messageId && `message ${messageId}`,
    position && `${topic} ${position}`,
    window && `window ${window}`,
  ].filter(Boolean);
  return printable(`${kind}: ${names.join(', ')} ${what}`);
}

function verdict({ lost, duplicated, reconciled, orders, latencyMs, ordersPerSecond }: Report): string {
  const times =
    latencyMs.p50 === null
      ? ''
      : `; end to end p50 ${whole(latencyMs.p50)} ms, p99 ${whole(latencyMs.p99)} ms, ${whole(ordersPerSecond)} orders/s`;
  if (reconciled) return `${orders} orders, none lost, none doubled${times}`;
  return `${orders} orders: ${lost} lost or under way, ${duplicated} doubled${times}`;
}
