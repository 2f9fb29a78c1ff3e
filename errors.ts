/** What went wrong, for a person at the command line: a code, one sentence that says what to do, the cause beside it. */
export class OperatorError extends Error {
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
