/** The `orderflow` command: parses, calls, and turns errors into one sentence and an exit status. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { OperatorError } from '../errors.js';
import { commands } from './commands.js';

const parser = yargs(hideBin(process.argv))
  .scriptName('orderflow')
  .command([...commands])
  .demandCommand(1, 'name a command: `orderflow --help` lists them')
  .strict()
  .recommendCommands()
  .wrap(110)
  .help()
  .alias('h', 'help')
  .version(false)
  // Errors of the work are thrown on, to the end of this file. Those of the command line are said in yargs' own words,
  // which it spreads over several lines at times.
  .fail((message, error) => {
    if (error && error.name !== 'YError') throw error;
    const sentence = message.replace(/\s*\n\s*/g, ' ');
    throw new OperatorError('BAD_ARGUMENTS', `${sentence} (see \`orderflow --help\`)`, { exitCode: 2 });
  });

process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // Who reads a pipe may have enough, as `head` does.
  if (code === 'EPIPE') process.exit();
  console.error(`orderflow: the output cannot be written (${code})`);
  process.exit(1);
});

try {
  await parser.parseAsync();
} catch (error) {
  if (process.env.DEBUG) console.error(error);
  console.error(`orderflow: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof OperatorError ? error.exitCode : 1;
}
// Clients may hold connections open; what the command had to do is done, once a pipe has taken all that was written.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
);
process.exit();
