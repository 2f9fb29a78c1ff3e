/** The dimensions of a question in SQL: what a split gives a row to, and which rows the filters and the time leave. Pure. */
import type { LocationFacts } from '../../metastore/metastore.js';
import { type Dimension, dimensionOf, granularities } from '../shared/model.js';
import { type Filter, timeSplit } from '../shared/state.js';
import type { Question } from './question.js';
import { code, identifier, join, list, parameter, type Sql, sql } from './sql.js';

/** A dimension's value, '' for none; of one with several values at once, each of them. */
export function expressionOf(question: Question, split: string): Sql {
  if (split === timeSplit) return code(`TIME_FLOOR(__time, '${granularities[question.granularity].period}')`);
  const dimension = dimensionOf(question.stream, split)!;
  const column = identifier(dimension.name);
  if (dimension.of) return locationExpression(dimension.of, question.locations);
  return dimension.isMulti ? column : sql`COALESCE(${column}, '')`;
}

function locationExpression(of: 'name' | 'region', locations: readonly LocationFacts[]): Sql {
  const values = [...new Set(locations.map((location) => location[of]))];
  if (values.length === 0) return code(`''`);
  const cases = values.map((value) => {
    const ids = locations.filter((location) => location[of] === value).map(idOf);
    return sql`WHEN to_location_id IN ${list(ids)} THEN ${parameter(value)}`;
  });
  return sql`CASE ${join(cases, ' ')} ELSE '' END`;
}

const idOf = ({ locationId }: LocationFacts) => locationId;

/** Rows without a value are those of ''. */
function filterCondition({ stream, locations }: Question, { dimension: name, mode, values }: Filter): Sql {
  const dimension = dimensionOf(stream, name)!;
  if (dimension.of) return locationCondition(dimension, mode, values, locations);
  const column = identifier(dimension.name);
  const withNone = values.includes('');
  if (mode === 'is')
    return withNone ? sql`(${column} IS NULL OR ${column} IN ${list(values)})` : sql`${column} IN ${list(values)}`;
  return withNone
    ? sql`(${column} IS NOT NULL AND NOT (${column} IN ${list(values)}))`
    : sql`(${column} IS NULL OR NOT (${column} IN ${list(values)}))`;
}

function locationCondition(
  { of }: Dimension,
  mode: Filter['mode'],
  values: readonly string[],
  locations: readonly LocationFacts[],
): Sql {
  const ids = locations.filter((location) => values.includes(location[of!])).map(idOf);
  const known = ids.length > 0 ? sql`to_location_id IN ${list(ids)}` : code('FALSE');
  const unknown = locations.length > 0 ? sql`NOT (to_location_id IN ${list(locations.map(idOf))})` : code('TRUE');
  const those = values.includes('') ? sql`(${known} OR ${unknown})` : known;
  return mode === 'is' ? those : sql`NOT (${those})`;
}

/** Which rows count: those within the time, which all filters leave, and for which `more` is true. */
export function conditionOf(question: Question, ...more: readonly Sql[]): Sql {
  const { from, to, filters } = question;
  const conditions = [
    ...(from === null ? [] : [sql`__time >= MILLIS_TO_TIMESTAMP(${parameter(from)})`]),
    ...(to === null ? [] : [sql`__time < MILLIS_TO_TIMESTAMP(${parameter(to)})`]),
    ...filters.map((filter) => filterCondition(question, filter)),
    ...more,
  ];
  return conditions.length > 0 ? join(conditions, ' AND ') : code('TRUE');
}
