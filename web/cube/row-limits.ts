/** Which rows are shown where there are more than the page can show, and the sentences that say so. */
import { dimensionOf, limits, type MeasureName, measures } from '../shared/model.js';
import { timeSplit } from '../shared/state.js';
import type { Question } from './question.js';
import type { DruidRow } from './sources.js';

/** The lines of a chart over time. */
export interface Lines {
  /** The question of these lines alone. */
  readonly question: Question;
  /** Whether a row is of these lines: a row that has several values at once may be of others too. */
  readonly isShown: (row: DruidRow) => boolean;
  readonly notes: readonly string[];
}

/**
 * A split by time and by a dimension shows the values that have the most of a measure, a line each. `ranked` reads the rows of a question,
 * those with the most first, one more than there are lines.
 */
export async function topLines(
  question: Question,
  measure: MeasureName,
  ranked: (question: Question) => Promise<DruidRow[]>,
): Promise<Lines> {
  const all = { question, isShown: () => true, notes: [] };
  const index = question.splits.findIndex((split) => split !== timeSplit);
  const dimension = question.splits[index];
  if (dimension === undefined || !question.splits.includes(timeSplit)) return all;
  const rows = await ranked({ ...question, splits: [dimension] });
  const values = rows.slice(0, limits.lines).map((row) => String(row.s0 ?? ''));
  if (values.length === 0) return all;
  return {
    question: { ...question, filters: [...question.filters, { dimension, mode: 'is', values }] },
    isShown: (row) => values.includes(String(row[`s${index}`] ?? '')),
    notes: rows.length > limits.lines ? [linesNote(question, dimension, measure)] : [],
  };
}

function linesNote({ stream }: Question, dimension: string, measure: MeasureName): string {
  const { label } = dimensionOf(stream, dimension)!;
  return `There are more: the ${limits.lines} values of ${label} with the most ${measures[measure].label} are shown.`;
}

/** What is said where more rows were found than are shown; `measure` is the one that they are sorted by. */
export function cutNote({ splits }: Question, measure: MeasureName): string {
  const count = limits.rows.toLocaleString('en');
  if (splits.includes(timeSplit))
    return `There are more rows: the newest ${count} are shown. A shorter time or a coarser granularity shows all.`;
  return `There are more rows: the ${count} with the most ${measures[measure].label} are shown. A filter shows others.`;
}

/** The question of no more than what is in these rows. */
export function restrictedTo(question: Question, rows: readonly DruidRow[]): Question {
  const valuesAt = (index: number) => [...new Set(rows.map((row) => row[`s${index}`] ?? ''))];
  const filters = question.splits.flatMap((dimension, index) =>
    dimension === timeSplit ? [] : [{ dimension, mode: 'is' as const, values: valuesAt(index).map(String) }],
  );
  const time = question.splits.indexOf(timeSplit);
  const oldest = time < 0 ? -Infinity : Math.min(...valuesAt(time).map((text) => Date.parse(String(text))));
  const from = Number.isFinite(oldest) ? Math.max(oldest, question.from ?? -Infinity) : question.from;
  return { ...question, from, filters: [...question.filters, ...filters] };
}
