/** What went wrong, for people: what they see, and what they must not see. */
import { basename } from 'node:path';

/** An error whose message may be shown and logged: it holds nothing of the data that was worked on. */
export class PublicError extends Error {}

/** What went wrong, for a person at the command line: a code, one sentence that says what to do, the cause beside it. */
export class OperatorError extends PublicError {
  constructor(
    /** Stable, UPPER_SNAKE: for tests and programs. */
    readonly code: string,
    /** One sentence: what is wrong and what to do about it. */
    message: string,
    options?: { cause?: unknown; exitCode?: number },
  ) {
    super(message, { cause: options?.cause });
    this.exitCode = options?.exitCode ?? 1;
  }

  /** The command's exit status: 1 the work failed, 2 the command line or the configuration is wrong. */
  readonly exitCode: number;
}

/** An error's code, where it is one (`ECONNREFUSED`, `22P02`): never a text that could hold data. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : undefined;
}

/** What Node says of a connection that was not made, or was lost. Sources: errno(3), getaddrinfo(3). */
const connectionCodes: ReadonlySet<string | undefined> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTCONN', 'EADDRNOTAVAIL'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'],
]);

/** Whether the error says that a connection was not made, or was lost: not what Node says of a program's mistake, or of a file. */
export const isConnectionError = (error: unknown): boolean =>
  connectionCodes.has(codeOf(error)) || (isSystemError(error) && error.syscall === 'connect');

/** Whether the system refused what was asked of it, such as a file: not a program's mistake (`ERR_INVALID_ARG_TYPE`). */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof (error as NodeJS.ErrnoException | null)?.errno === 'number' && codeOf(error) !== undefined;

/** The stack of an error without its message: a line per frame. */
export function framesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const lines = error.stack?.replace(error.message, '').split('\n') ?? [];
  return lines.filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line));
}

/**
 * What may be shown of an error that was thrown while data were worked on: a PublicError's message; of any other, whose
 * message may hold an order's values, its kind, its code, and the place it was thrown at.
 */
export function describeError(error: unknown): string {
  if (error instanceof PublicError) return error.message;
  if (!(error instanceof Error)) return 'something that is no Error was thrown';
  const kind = [error.name, codeOf(error)].filter((part) => part !== undefined).join(' ');
  const place = /([^\s(]+:\d+):\d+\)?$/.exec(framesOf(error)[0] ?? '')?.[1];
  return place ? `${kind} at ${basename(place)}` : kind;
}

/** A text from a setting or an option as it may be shown: without what stands before an `@`, and behind a `?` or `#`, which may be secret. */
export const withoutCredentials = (text: string): string =>
  text.replace(/^([\w+.-]+:\/\/)?.*@/s, '$1…@').replace(/([?#]).*$/s, '$1…');
