/** What the project's commands have in common: how an error ends them. */
import { format } from 'node:util';
import { OperatorError } from '../errors.js';
import { printableLines } from './printable.js';

/** For yargs' `fail`: errors of the work are thrown on, those of the command line become one sentence, exit status 2. */
export function failWith(hint = ''): (message: string, error: Error | undefined) => never {
  return (message, error) => {
    if (error && error.name !== 'YError') throw error;
    // In yargs' own words, which it spreads over several lines at times.
    const sentence = message.replace(/\s*\n\s*/g, ' ');
    throw new OperatorError('BAD_ARGUMENTS', `${sentence}${hint}`, { exitCode: 2 });
  };
}

/** Whatever is said may hold bytes from outside: nothing but its own lines reaches a terminal. */
function sayPrintable(): void {
  for (const name of ['log', 'error'] as const) {
    const say = console[name].bind(console);
    console[name] = (...parts: unknown[]) => say('%s', printableLines(format(...parts)));
  }
}

/**
 * Runs it and ends the process: an error is said in one sentence, with its exit status. DEBUG=1 shows where it comes from.
 * Clients may hold connections open; what there was to do is done, once a pipe has taken all that was written.
 */
export async function runProgram(name: string, main: () => Promise<unknown>): Promise<never> {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // Who reads a pipe may have enough, as `head` does.
    if (code === 'EPIPE') process.exit();
    console.error(`${name}: the output cannot be written (${code})`);
    process.exit(1);
  });
  sayPrintable();
  try {
    await main();
  } catch (error) {
    if (process.env.DEBUG) console.error(error);
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof OperatorError ? error.exitCode : 1;
  }
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
  );
  process.exit();
}
