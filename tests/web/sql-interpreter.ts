/**
 * As much of Druid's SQL as the page's statements need, over rows in memory: so that tests see which numbers a statement gives, and not only
 * its text. Arrays are values of multi-value dimensions.
 */
export type Value = string | number | boolean | Date | null | readonly string[] | Readonly<Record<string, number>>;
export type Row = Readonly<Record<string, Value>>;

/** An expression over one row, or an aggregate over the rows of a group. */
type Expression = (rows: readonly Row[]) => Value;

/** Thrown for a datasource that is not there, as Druid words it. */
export class UnknownDatasource extends Error {}

const plain = (value: Value): string | number => (value instanceof Date ? value.getTime() : (value as string | number));

class Interpreter {
  private readonly tokens: readonly string[];
  private place = 0;
  private nextParameter = 0;

  constructor(
    text: string,
    private readonly parameters: readonly Value[],
    private readonly datasources: Readonly<Record<string, readonly Row[]>>,
  ) {
    this.tokens = text.match(/"[^"]*"|'[^']*'|\w+|<>|>=|<=|[(),?*+=<>]/g) ?? [];
  }

  run(): Row[] {
    const rows = this.select();
    if (this.place < this.tokens.length) throw new Error(`unexpected ${this.tokens[this.place]}`);
    return rows;
  }

  private is(word: string): boolean {
    return this.tokens[this.place] === word;
  }
  private take(word: string): boolean {
    if (!this.is(word)) return false;
    this.place += 1;
    return true;
  }
  private require(word: string): void {
    if (!this.take(word)) throw new Error(`expected ${word}, not ${this.tokens[this.place]}`);
  }
  private next(): string {
    return this.tokens[this.place++]!;
  }
  private many<T>(one: () => T): T[] {
    const all = [one()];
    while (this.take(',')) all.push(one());
    return all;
  }

  private select(): Row[] {
    this.require('SELECT');
    const isDistinct = this.take('DISTINCT');
    const columns = this.many(() => {
      const start = this.tokens[this.place]!;
      const expression = this.expression();
      const name = this.take('AS') ? this.next() : start;
      return { name: name.replaceAll('"', ''), expression };
    });
    this.require('FROM');
    const source = this.source();
    const condition = this.take('WHERE') ? this.expression() : () => true;
    const kept = source.filter((row) => condition([row]) === true);
    let grouped = isDistinct ? columns.map((_, index) => index) : [];
    let isGrouped = isDistinct;
    if (this.take('GROUP')) {
      this.require('BY');
      const names = this.many(() => this.next().replaceAll('"', ''));
      grouped = names.map((name) =>
        /^\d+$/.test(name) ? Number(name) - 1 : columns.findIndex((column) => column.name === name),
      );
      isGrouped = true;
    }
    const groups = isGrouped
      ? groupRows(
          kept,
          grouped.map((index) => columns[index]!.expression),
        )
      : [{ keys: [], rows: kept }];
    let result = groups.map(({ keys, rows }) =>
      Object.fromEntries(
        columns.map(({ name, expression }, index) => {
          const key = grouped.indexOf(index);
          return [name, key < 0 ? expression(rows) : keys[key]!];
        }),
      ),
    ) as Row[];
    if (this.take('ORDER')) {
      this.require('BY');
      const orders = this.many(() => {
        const name = this.next().replaceAll('"', '');
        if (!columns.some((column) => column.name === name)) throw new Error(`unknown column ${name}`);
        const isDown = this.take('DESC');
        return { name, isDown };
      });
      result = result.toSorted((a, b) => {
        for (const { name, isDown } of orders) {
          const [left, right] = [plain(a[name] ?? -Infinity), plain(b[name] ?? -Infinity)];
          if (left !== right) return (left < right ? -1 : 1) * (isDown ? -1 : 1);
        }
        return 0;
      });
    }
    if (this.take('LIMIT')) result = result.slice(0, Number(this.next()));
    return result;
  }

  private source(): readonly Row[] {
    if (this.take('(')) {
      const rows = this.select();
      this.require(')');
      return rows;
    }
    const name = this.next().replaceAll('"', '');
    const rows = this.datasources[name];
    if (!rows) throw new UnknownDatasource(`Object '${name}' not found`);
    return rows;
  }

  private expression(): Expression {
    let left = this.conjunction();
    while (this.take('OR')) {
      const [a, b] = [left, this.conjunction()];
      left = (rows) => a(rows) === true || b(rows) === true;
    }
    return left;
  }

  private conjunction(): Expression {
    let left = this.negation();
    while (this.take('AND')) {
      const [a, b] = [left, this.negation()];
      left = (rows) => a(rows) === true && b(rows) === true;
    }
    return left;
  }

  private negation(): Expression {
    if (!this.take('NOT')) return this.comparison();
    const inner = this.negation();
    return (rows) => {
      const value = inner(rows);
      return value === null ? null : value !== true;
    };
  }

  private comparison(): Expression {
    const left = this.sum();
    if (this.take('IS')) {
      const isNot = this.take('NOT');
      this.require('NULL');
      return (rows) => (left(rows) === null) !== isNot;
    }
    if (this.take('IN')) {
      this.require('(');
      const values = this.many(() => this.operand());
      this.require(')');
      return (rows) => {
        const value = left(rows);
        if (value === null) return null;
        const all = values.map((each) => each(rows));
        return [value].flat().some((each) => all.includes(each as Value));
      };
    }
    for (const operator of ['=', '<>', '>=', '<=', '<', '>']) {
      if (!this.take(operator)) continue;
      const right = this.sum();
      return (rows) => compare(operator, left(rows), right(rows));
    }
    return left;
  }

  private sum(): Expression {
    let left = this.product();
    while (this.take('+')) {
      const [a, b] = [left, this.product()];
      left = (rows) => (a(rows) as number) + (b(rows) as number);
    }
    return left;
  }

  private product(): Expression {
    let left = this.operand();
    while (this.take('*')) {
      const [a, b] = [left, this.operand()];
      left = (rows) => (a(rows) as number) * (b(rows) as number);
    }
    return left;
  }

  private operand(): Expression {
    if (this.take('(')) {
      const inner = this.expression();
      this.require(')');
      return inner;
    }
    const token = this.next();
    if (token === '?') {
      const value = this.parameters[this.nextParameter++];
      if (value === undefined) throw new Error('a parameter is missing');
      return () => value;
    }
    if (token === 'CASE') return this.cases();
    if (token === 'TRUE' || token === 'FALSE') return () => token === 'TRUE';
    if (/^\d+$/.test(token)) return () => Number(token);
    if (token.startsWith("'")) return () => token.slice(1, -1);
    if (this.is('(') && !token.startsWith('"')) return this.call(token);
    const name = token.replaceAll('"', '');
    return ([row]) => {
      if (row === undefined) return null;
      if (!(name in row)) throw new Error(`unknown column ${name}`);
      return row[name]!;
    };
  }

  private cases(): Expression {
    const cases: { when: Expression; then: Expression }[] = [];
    while (this.take('WHEN')) {
      const when = this.expression();
      this.require('THEN');
      cases.push({ when, then: this.expression() });
    }
    this.require('ELSE');
    const otherwise = this.expression();
    this.require('END');
    return (rows) => (cases.find(({ when }) => when(rows) === true)?.then ?? otherwise)(rows);
  }

  private call(name: string): Expression {
    this.require('(');
    const isDistinct = this.take('DISTINCT');
    const isCountOfRows = this.take('*');
    const values = isCountOfRows || this.is(')') ? [] : this.many(() => this.expression());
    if (this.take('RETURNING')) this.require('BIGINT');
    this.require(')');
    let condition: Expression = () => true;
    if (this.take('FILTER')) {
      this.require('(');
      this.require('WHERE');
      condition = this.expression();
      this.require(')');
    }
    const call = functions[isDistinct ? `${name} DISTINCT` : name];
    if (!call) throw new Error(`unknown function ${name}`);
    return (rows) => call(values, name in perRow ? rows : rows.filter((row) => condition([row]) === true));
  }
}

function compare(operator: string, a: Value, b: Value): boolean | null {
  if (a === null || b === null) return null;
  const [left, right] = [plain(a), plain(b)];
  return {
    '=': left === right,
    '<>': left !== right,
    '>=': left >= right,
    '<=': left <= right,
    '<': left < right,
    '>': left > right,
  }[operator]!;
}

/** A row with several values in a key is in the group of each. */
function groupRows(rows: readonly Row[], keys: readonly Expression[]): { keys: Value[]; rows: Row[] }[] {
  const groups = new Map<string, { keys: Value[]; rows: Row[] }>();
  for (const row of rows) {
    let combinations: Value[][] = [[]];
    for (const key of keys) {
      const value = key([row]);
      const all: readonly Value[] = Array.isArray(value) ? (value as string[]) : [value];
      combinations = combinations.flatMap((begin) => all.map((each) => [...begin, each]));
    }
    for (const combination of combinations) {
      const name = JSON.stringify(combination);
      const group = groups.get(name) ?? { keys: combination, rows: [] };
      group.rows.push(row);
      groups.set(name, group);
    }
  }
  return [...groups.values()];
}

const periods: Readonly<Record<string, number>> = {
  PT1S: 1_000,
  PT1M: 60_000,
  PT5M: 300_000,
  PT1H: 3_600_000,
  P1D: 86_400_000,
};

type Call = (values: readonly Expression[], rows: readonly Row[]) => Value;

const perRow: Readonly<Record<string, Call>> = {
  COALESCE: (values, rows) => values.map((value) => value(rows)).find((value) => value !== null) ?? null,
  TIME_FLOOR: ([time, period], rows) => {
    const ms = periods[period!(rows) as string]!;
    return new Date(Math.floor((plain(time!(rows)) as number) / ms) * ms);
  },
  TIMESTAMP_TO_MILLIS: ([time], rows) => plain(time!(rows)),
  MOD: ([value, by], rows) => (value!(rows) as number) % (by!(rows) as number),
  MILLIS_TO_TIMESTAMP: ([millis], rows) => new Date(millis!(rows) as number),
  JSON_VALUE: ([object, path], rows) => {
    const values = object!(rows) as Readonly<Record<string, number>>;
    return values[(path!(rows) as string).slice(2)] ?? null;
  },
  JSON_KEYS: ([object], rows) => Object.keys(object!(rows) as object),
  ARRAY_TO_STRING: ([array, separator], rows) => (array!(rows) as readonly string[]).join(separator!(rows) as string),
};

const valuesIn = ([value]: readonly Expression[], rows: readonly Row[]) =>
  rows.map((row) => value!([row])).filter((each) => each !== null);
const distinct: Call = (values, rows) => new Set(valuesIn(values, rows).flat()).size;

const functions: Readonly<Record<string, Call>> = {
  ...perRow,
  COUNT: (_, rows) => rows.length,
  'COUNT DISTINCT': distinct,
  APPROX_COUNT_DISTINCT_BUILTIN: distinct,
  SUM: (values, rows) => {
    const all = valuesIn(values, rows) as number[];
    return all.length === 0 ? null : all.reduce((sum, each) => sum + each, 0);
  },
  MAX: (values, rows) =>
    valuesIn(values, rows).reduce<Value>((a, b) => (a === null || plain(b) > plain(a) ? b : a), null),
  LATEST_BY: ([value, time], rows) => {
    const latest = rows.toSorted((a, b) => (plain(time!([a])) as number) - (plain(time!([b])) as number)).at(-1);
    return latest ? value!([latest]) : null;
  },
};

/** The rows that a statement gives. Throws UnknownDatasource, and an Error for SQL that it does not know. */
export const runSql = (
  text: string,
  parameters: readonly Value[],
  datasources: Readonly<Record<string, readonly Row[]>>,
): Row[] => new Interpreter(text, parameters, datasources).run();
