/**
 * How the project talks to Druid: through its router, which passes SQL on to a broker and the rest to the coordinator.
 * Source: https://druid.apache.org/docs/33.0.0/api-reference/
 */
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { type DruidRequest, druidUnreachable, requestDruid } from './connection.js';

/** Where the overlord's API begins, which has supervisors and tasks. */
export const overlord = '/druid/indexer/v1';

/** What Druid says when it cannot do what it was asked: `status` of HTTP, and its own words. */
export class DruidError extends OperatorError {
  constructor(
    readonly status: number,
    path: string,
    words: string,
  ) {
    super('DRUID_REFUSED', `Druid answered ${path} with ${status}: ${words}`);
  }
}

export type AskOptions = Partial<DruidRequest>;

/** What to do where Druid asks who we are, or does not let us. */
const refused = 'check ORDERFLOW_DRUID_USER and ORDERFLOW_DRUID_PASSWORD_FILE, and what the user may do';

/**
 * Asks Druid's HTTP API; the answer's JSON, or undefined where it has no body. Fails with DRUID_UNREACHABLE when nobody answers,
 * and with DruidError for an answer that is none.
 */
export async function askDruid<T>(config: Config, path: string, options: AskOptions = {}): Promise<T> {
  const { timeoutMs = 30_000, ...rest } = options;
  const { status, text } = await requestDruid(config, new URL(path, config.druidUrl), { ...rest, timeoutMs }).catch(
    (error: unknown) => {
      throw druidUnreachable(config, error);
    },
  );
  if (status === 401 || status === 403) throw new DruidError(status, path, refused);
  if (status >= 400) throw new DruidError(status, path, wordsOf(text));
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** The sentence within an answer that is an error. */
function wordsOf(text: string): string {
  try {
    const { errorMessage, error } = JSON.parse(text) as { errorMessage?: string; error?: string };
    return errorMessage ?? error ?? text;
  } catch {
    return text.split('\n', 1)[0] ?? '';
  }
}

/** A value for a `?` of a query. */
export type Parameter = string | number | boolean;

const sqlType = (value: Parameter) =>
  typeof value === 'string'
    ? 'VARCHAR'
    : typeof value === 'boolean'
      ? 'BOOLEAN'
      : Number.isInteger(value)
        ? 'BIGINT'
        : 'DOUBLE';

export interface QueryOptions {
  readonly parameters?: readonly Parameter[];
  /** Druid's query context. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
}

/** The rows that a query gives, as objects by column. COUNT(DISTINCT …) is exact. Fails as askDruid does. */
export async function queryDruid<Row extends object>(
  config: Config,
  query: string,
  { parameters = [], context = {}, timeoutMs = 30_000 }: QueryOptions = {},
): Promise<Row[]> {
  return askDruid<Row[]>(config, '/druid/v2/sql', {
    method: 'POST',
    timeoutMs,
    body: {
      query,
      resultFormat: 'object',
      parameters: parameters.map((value) => ({ type: sqlType(value), value })),
      context: { sqlTimeZone: 'UTC', useApproximateCountDistinct: false, timeout: timeoutMs, ...context },
    },
  });
}
