/** The collector of denials as a service of the secured local stack. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
    const file = join(config.home, collectorFile);
    if (!isReady) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, String(process.pid));
    }
    isReady = true;
  },
  onProblem: (error) => log.error(error instanceof Error ? error.message : String(error)),
});
process.exit(0);
