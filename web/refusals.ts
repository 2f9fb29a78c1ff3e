/** Each request that the page has refused, and each login that failed, comes into the audit trail; what comes again is counted, as the collector does. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { recordAuditEvent } from '../audit/audited.js';
import { type Denial, writable } from '../audit/denial.js';
import { countDenials, type Repeats } from '../audit/repeats.js';
import { codeOf } from '../errors.js';
import type { Pool } from '../metastore/connection.js';
import type { AuditEntry } from '../model/audit.js';
import { callbackPath, loginPath } from './shared/paths.js';

/** How soon it is written down, in ms. */
const roundMs = 1_000;

const problems: Readonly<Record<number, string>> = {
  400: 'no valid login',
  401: 'not logged in',
  403: 'not allowed',
  429: 'too many logins',
};

/** The refusal that an answer is; null for any other answer. The path is the route's pattern: what a client makes up is not repeated. */
function refusalIn({ routeOptions, person, ip }: FastifyRequest, { statusCode }: FastifyReply): Denial | null {
  const { url: path = '' } = routeOptions;
  const isOfLogin = path === loginPath || path === callbackPath;
  const isRefused = [401, 403].includes(statusCode) || (isOfLogin && [400, 429].includes(statusCode));
  if (!isRefused) return null;
  const details = { status: String(statusCode), problem: problems[statusCode]! };
  const principal = person?.name ?? '';
  return { source: 'page', action: 'page', principal, host: ip, subject: path, details, at: Date.now() };
}

/**
 * Has the app write down what it refuses, within a second or so, by `pool`, which has to be there until the app has closed. However much is refused, few
 * events come of it (`countDenials`). Where the metastore does not answer, that is said on stderr, once, and they wait.
 */
export function recordRefusals(app: FastifyInstance, pool: Pool): void {
  let denials: Denial[] = [];
  let repeats: Repeats = new Map();
  let waiting: AuditEntry[] = [];
  let clock = Date.now();
  let writing: Promise<void> | undefined;
  let problem = '';

  function count(): void {
    // While events wait, no count becomes another one: so many kinds as are told apart wait at most.
    if (waiting.length === 0) clock = Date.now();
    const counted = countDenials(repeats, denials, clock);
    denials = [];
    repeats = counted.repeats;
    waiting.push(...counted.entries);
  }

  async function write(): Promise<void> {
    try {
      for (let [entry] = waiting; entry; [entry] = waiting) {
        await recordAuditEvent(pool, entry);
        waiting = waiting.slice(1);
      }
      problem = '';
    } catch (error) {
      const text = `${(error as Error).name} ${codeOf(error) ?? ''}`.trim();
      if (text !== problem) console.error(`orderflow: what the page refuses cannot be written down yet (${text})`);
      problem = text;
    }
  }

  app.addHook('onResponse', async (request, reply) => {
    const denial = refusalIn(request, reply);
    if (denial) denials.push(writable(denial));
  });
  const timer = setInterval(() => {
    count();
    writing ??= write().finally(() => (writing = undefined));
  }, roundMs);
  timer.unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await writing;
    count();
    await write();
  });
}
