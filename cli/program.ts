/** What the project's commands have in common: how an error ends them. */
import { format } from 'node:util';
import { OperatorError } from '../errors.js';
import { interruptAll } from './interrupt.js';
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

/** For yargs: an option that has a value, as text, so that a bad one is named as it was typed. */
export const textOption = (describe: string, value: string) =>
  ({ type: 'string', requiresArg: true, default: value, describe }) as const;

/** How wide a help page is: as the terminal, and no wider than one reads with ease. */
export const helpWidth = (): number => Math.min(110, process.stdout.columns || 110);

/** What a full or a closed disk is to a person; other errors of the system say enough. */
const diskTroubles: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: make room there',
  EDQUOT: 'the quota is used up: make room there',
  EROFS: 'the disk can only be read: choose another folder',
};

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  const trouble = error instanceof OperatorError ? undefined : diskTroubles[code ?? ''];
  if (!trouble) return error.message;
  return `${path ?? 'a file'} cannot be written (${code}), ${trouble} (ORDERFLOW_HOME and TMPDIR say where files are)`;
}

/**
 * Runs it and ends the process: an error is said in one sentence, with its exit status. DEBUG=1 shows where it comes from.
 * Clients may hold connections open; what there was to do is done, once a pipe has taken all that was written.
 */
export async function runProgram(name: string, main: () => Promise<unknown>): Promise<never> {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // Who reads a pipe may have enough, as `head` does. What has to end in good order does, unseen.
    if (code === 'EPIPE' && interruptAll()) return;
    if (code === 'EPIPE') process.exit();
    console.error(`${name}: the output cannot be written (${code})`);
    process.exit(1);
  });
  // Progress and sentences that nobody wants to see are no reason to leave the work half done.
  process.stderr.on('error', () => undefined);
  sayPrintable();
  try {
    await main();
  } catch (error) {
    // A Ctrl-C ends a command's own processes, too: it is heard before what they died of is said.
    await new Promise(setImmediate);
    if (process.env.DEBUG) console.error(error);
    console.error(`${name}: ${sentenceOf(error)}`);
    process.exitCode = error instanceof OperatorError ? error.exitCode : 1;
  }
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
  );
  process.exit();
}
