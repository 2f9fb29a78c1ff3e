/** The collector of denials as a service of the secured local stack. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { actingAs, loadConfig } from '../config.js';
import { collect, collectorFile } from './collect.js';

const config = actingAs(loadConfig(), 'auditor');
const log = pino({ base: { pid: process.pid } });
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());
let isReady = false;
await collect(config, {
  signal: stop.signal,
  onRound: () => {
    if (!isReady) writeFileSync(join(config.home, collectorFile), String(process.pid));
    isReady = true;
  },
  onProblem: (error) => log.error(error instanceof Error ? error.message : String(error)),
});
process.exit(0);
