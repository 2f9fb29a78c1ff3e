/** Reads what measures are made of: one answer of Druid a source, or two where orders are too many to be counted one by one. */
import type { Config } from '../../config.js';
import { unlessEmpty } from '../../druid/counts.js';
import { sampleOf } from '../../druid/measures.js';
import { queryDruid } from '../../druid/rest.js';
import type { MeasureName, StreamName } from '../shared/model.js';
import { timeSplit } from '../shared/state.js';
import { type Asked, type Order, statementOf } from './query.js';
import type { Question } from './question.js';
import type { Sql } from './sql.js';
import { keyOf } from './table.js';

/** Where measures come from: measures of the same source are read together. `rejected` are the orders of the stream of rejected ones. */
export type Source = 'orders' | 'rejected' | 'customers' | 'panes' | 'letters';

/** The sources that a measure needs, the one that it is sorted by first. Empty for what Druid does not know. */
export function sourcesOf(stream: StreamName, measure: MeasureName): readonly Source[] {
  if (measure === 'delivery_p95') return [];
  if (stream === 'aggregated_order') return ['panes'];
  if (measure === 'reject_rate') return ['orders', 'rejected'];
  if (measure === 'dead_letters') return ['letters'];
  return measure === 'customers' ? ['customers'] : ['orders'];
}

export type DruidRow = Readonly<Record<string, string | number | null>>;

/** Long enough for a large nested statement; in ms. */
const queryTimeoutMs = 20_000;
/** Rows of statements that bring further measures to the rows of the first one. */
export const furtherRows = 50_000;

/** Fails as queryDruid does. Rankings of topN queries are approximate, and so left out. */
export const askStatement = (config: Config, { text, parameters }: Sql): Promise<DruidRow[]> =>
  unlessEmpty(
    queryDruid<DruidRow>(config, text, {
      parameters,
      timeoutMs: queryTimeoutMs,
      context: { useApproximateTopN: false },
    }),
  );

/** What a row is about: a value per split, as the page has it. */
export const keysOf = ({ splits }: Pick<Question, 'splits'>, row: DruidRow): (string | number)[] =>
  splits.map((split, index) => {
    const value = row[`s${index}`];
    return split === timeSplit ? Date.parse(String(value)) : String(value ?? '');
  });

export interface Sources {
  /** Orders are counted by a sample of every so many-th; 1: each is. */
  readonly every: number;
  /** The rows of a source. Fails as queryDruid does. */
  readonly read: (source: Source, about: Question, asked: Asked, order: Order) => Promise<DruidRow[]>;
}

/** Finds out how many records `question` is about; what is read then may be a part of it. Fails as queryDruid does. */
export async function openSources(config: Config, sources: readonly Source[], question: Question): Promise<Sources> {
  const every = new Map(
    await Promise.all(sources.map(async (source) => [source, await sampleFor(config, source, question)] as const)),
  );
  return {
    every: Math.max(1, ...every.values()),
    read: (source, about, asked, order) =>
      isOfOrders(source)
        ? readOrders(config, source, about, asked, order, every.get(source) ?? 1)
        : askStatement(config, statementOf(source, about, asked, order)),
  };
}

async function sampleFor(config: Config, source: Source, question: Question): Promise<number> {
  if (!isOfOrders(source)) return 1;
  const about = { ...ofStream(source, question), splits: [] };
  const [all] = await askStatement(config, statementOf('records', about, ordersAlone, { limit: 1 }));
  return sampleOf(Number(all?.orders ?? 0));
}

const ordersAlone: Asked = { measures: ['orders'], currencies: [] };

type OrderSource = 'orders' | 'rejected';
const isOfOrders = (source: Source): source is OrderSource => source === 'orders' || source === 'rejected';

/** The same question of the rejected orders, whose stream has all dimensions of raw ones. */
const ofStream = (source: OrderSource, question: Question): Question =>
  source === 'rejected' ? { ...question, stream: 'rejected_order' } : question;

/** Distinct orders and the sums over them: counted one by one, or from all records less the share of repeated ones in the sample. */
async function readOrders(
  config: Config,
  source: OrderSource,
  question: Question,
  asked: Asked,
  order: Order,
  every: number,
): Promise<DruidRow[]> {
  const about = ofStream(source, question);
  const wanted = source === 'rejected' ? ordersAlone : asked;
  const rows =
    every === 1
      ? await askStatement(config, statementOf('orders', about, wanted, order))
      : await estimated(config, about, wanted, order, every);
  return source === 'rejected' ? rows.map(({ orders, ...row }) => ({ ...row, rejected: orders! })) : rows;
}

async function estimated(
  config: Config,
  question: Question,
  asked: Asked,
  order: Order,
  every: number,
): Promise<DruidRow[]> {
  const [rows, sample] = await Promise.all([
    askStatement(config, statementOf('records', question, asked, order)),
    askStatement(config, statementOf('orders', question, ordersAlone, { limit: furtherRows }, every)),
  ]);
  const shareOf = ({ orders, records }: DruidRow) => (Number(records) > 0 ? Number(orders) / Number(records) : 1);
  const shares = new Map(sample.map((row) => [keyOf(keysOf(question, row)), shareOf(row)]));
  return rows.map((row) => {
    // A part that the sample has nothing of is small.
    const share = shares.get(keyOf(keysOf(question, row))) ?? 1;
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, typeof value === 'number' ? Math.round(value * share) : value]),
    );
  });
}
