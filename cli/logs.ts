/** `orderflow logs SERVICE`. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { logFile } from '../local/log-file.js';
import { type ServiceName, serviceNames } from '../local/service.js';
import type { Command } from './command.js';
import { printableLines } from './printable.js';

interface Arguments {
  service: ServiceName;
  follow: boolean;
  lines: number;
}

async function* printableChunks(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield printableLines(chunk);
}

export const logsCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('service', { choices: serviceNames, demandOption: true, describe: 'which one' })
      .option('follow', { alias: 'f', type: 'boolean', default: false, describe: 'go on until Ctrl-C' })
      .option('lines', { alias: 'n', type: 'number', default: 100, describe: 'how many lines' })
      .check(({ lines }) => {
        if (Number.isInteger(lines) && lines >= 0) return true;
        throw new OperatorError('BAD_ARGUMENTS', `--lines: expected a whole number, 0 or more`, {
          exitCode: 2,
        });
      })
      .example('orderflow logs taskmanager -n 20', 'the last 20 lines')
      .example('orderflow logs worker-pool -f', 'what is written from now on, too') as never,
  handler: async ({ service, follow, lines }) => {
    const file = logFile(loadConfig(), service);
    if (!existsSync(file)) {
      throw new OperatorError(
        'NO_LOG',
        `${service} has written nothing yet: start it with \`orderflow up ${service}\``,
      );
    }
    // -F goes on with the new file when the service is started again.
    const tail = spawn('tail', ['-n', String(lines), ...(follow ? ['-F'] : []), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // A service may log what somebody has sent it.
    await pipeline(tail.stdout.setEncoding('utf8'), printableChunks, process.stdout, { end: false });
  },
};
