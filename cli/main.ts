/** The `orderflow` command. */
import { hideBin } from 'yargs/helpers';
import { parserFor } from './parser.js';
import { runProgram } from './program.js';

await runProgram('orderflow', async () => (await parserFor(hideBin(process.argv))).parseAsync());
