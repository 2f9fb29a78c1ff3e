/** The stand-in partner as a service: its settings from the configuration, its journal in the home folder. */
import { join } from 'node:path';
import pino from 'pino';
import { loadConfig } from '../config.js';
import { standInAccess } from './control.js';
import { startPartner } from './stand-in.js';

const config = loadConfig();
const log = pino({ base: { pid: process.pid } });
const partner = await startPartner({
  host: config.host,
  port: config.ports.partner,
  journalPath: join(config.home, 'partner', 'journal.ndjson'),
  ...standInAccess(config),
}).catch((error: NodeJS.ErrnoException) => {
  const isTaken = error.code === 'EADDRINUSE';
  const what = `port ${config.ports.partner} is taken: stop what listens there, or set ORDERFLOW_PARTNER_PORT`;
  log.fatal(isTaken ? what : error.message);
  process.exit(1);
});
log.info(`the stand-in partner takes orders at ${partner.url}/orders`);

async function stop(): Promise<void> {
  await partner.close();
  process.exit(0);
}
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
