/** The table that a demonstration shows while it goes on: in place on a terminal, one after another elsewhere. */
import type { LiveState } from '../demo/run.js';
import { stageNames } from '../model/stages.js';
import { outcomes } from '../reconcile/outcome.js';
import { table } from './table.js';

/** A function that shows how things stand, over what it showed before. */
export function createLiveView(): (state: LiveState) => void {
  let before = '';
  return (state) => {
    const text = liveText(state);
    // Up to the first line of what stands there, and clear from there on (ECMA-48: CUU, ED).
    if (process.stdout.isTTY && before !== '')
      process.stdout.write(`\x1b[${rowsOf(before, process.stdout.columns)}A\x1b[J`);
    console.log(text);
    before = text;
  };
}

/** How many rows of a terminal a text takes, which breaks lines that are wider than it is now. */
const rowsOf = (text: string, columns: number): number =>
  text.split('\n').reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / columns)), 0);

export function liveText({ report, jobs, lag }: LiveState): string {
  const ended = outcomes.map((outcome) => [outcome, String(report.outcomes[outcome])]);
  const stages = stageNames.map((name) => {
    const job = jobs.find((each) => each.name === name);
    return [name, job?.state ?? 'no job', String(lag[name]), String(job?.restarts ?? '')];
  });
  return [
    table(['orders', 'number'], [['published', String(report.orders)], ...ended]),
    '',
    table(['stage', 'job', 'lag', 'restarts'], stages),
    '',
    `under way: ${report.unaccounted} · doubled: ${report.duplicated} · Ctrl-C ends it`,
    '',
  ].join('\n');
}
