/** The supervisor as a service. */
import pino from 'pino';
import { loadConfig } from '../config.js';
import { supervise } from './supervisor.js';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());
await supervise(loadConfig(), pino({ base: { pid: process.pid } }), stop.signal);
// A service that it was just starting goes on without it.
process.exit(0);
