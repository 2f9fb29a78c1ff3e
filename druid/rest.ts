/**
 * How the project talks to Druid: through its router, which passes SQL on to a broker and the rest to the coordinator.
 * Source: https://druid.apache.org/docs/33.0.0/api-reference/
 */
import { request } from 'undici';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';

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

export interface AskOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How long an answer may take, in ms. */
  readonly timeoutMs?: number;
}

/**
 * Asks Druid's HTTP API; the answer's JSON, or undefined where it has no body. Fails with DRUID_UNREACHABLE when nobody answers,
 * and with DruidError for an answer that is none.
 */
export async function askDruid<T>(config: Config, path: string, options: AskOptions = {}): Promise<T> {
  const { method = 'GET', body, timeoutMs = 30_000 } = options;
  let status: number;
  let text: string;
  try {
    const answer = await request(new URL(path, config.druidUrl), {
      method,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    status = answer.statusCode;
    text = await answer.body.text();
  } catch (error) {
    throw new OperatorError(
      'DRUID_UNREACHABLE',
      `Druid does not answer at ${config.druidUrl}: start it with \`orderflow up --with druid\`, or set ORDERFLOW_DRUID_URL`,
      { cause: error },
    );
  }
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
