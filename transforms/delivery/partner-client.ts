/** Posts orders to the partner: bounded, retried, broken off at a deadline. */
import { setMaxListeners } from 'node:events';
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  DelegateBackoff,
  ExponentialBackoff,
  TimeoutStrategy,
  bulkhead,
  circuitBreaker,
  halfJitterGenerator,
  handleWhen,
  retry,
  timeout,
  wrap,
  type IBackoff,
  type IRetryBackoffContext,
} from 'cockatiel';
import { Pool } from 'undici';
import { limits } from '../../model/limits.js';
import { PartnerFault, faultOfStatus, isFinal, refusalCode, type DeliveryOutcome } from './partner-answer.js';
import type { PartnerRequest } from './partner-request.js';

export interface PartnerClientOptions {
  /** Where orders are posted to. */
  readonly url: string;
  /** Milliseconds for one request, connecting included. */
  readonly timeoutMs: number;
  /** Requests under way at once, over all calls of this client. */
  readonly concurrency: number;
  /** Tries for each order within one call. */
  readonly attempts: number;
  /** Milliseconds after which a call answers, whatever the partner does. */
  readonly deadlineMs?: number;
  /** Milliseconds of the first pause between two tries; it doubles each time, and half of it is left to chance. */
  readonly backoffMs?: number;
  /** Outages in a row that open the circuit. */
  readonly breakAfter?: number;
  /** Milliseconds after which an open circuit lets one request try. */
  readonly halfOpenAfterMs?: number;
}

export interface PartnerClient {
  /**
   * Tries to deliver, oldest first as given; the answer has the order of the requests. Never rejects, and ends by the
   * deadline: requests under way are aborted, and what is not delivered then is UNAVAILABLE. Safe to call again with the
   * same requests, as far as the partner honours their idempotency keys.
   */
  deliver(requests: readonly PartnerRequest[]): Promise<DeliveryOutcome[]>;
  /** Whether the circuit is open: the partner was down when last tried. */
  isBroken(): boolean;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

const PAST_DEADLINE: DeliveryOutcome = { kind: 'UNAVAILABLE', why: 'no time was left in the batch' };

/** Exponential with jitter, and never shorter than the partner's Retry-After. */
function backoffFrom(initialDelay: number) {
  const exponential = new ExponentialBackoff({ initialDelay, maxDelay: 2_000, generator: halfJitterGenerator });
  return new DelegateBackoff<IRetryBackoffContext<unknown>, IBackoff<unknown>>((context, previous) => {
    const state = previous ? previous.next(context) : exponential.next();
    const error = 'error' in context.result ? context.result.error : undefined;
    return { delay: Math.max(state.duration, error instanceof PartnerFault ? error.retryAfterMs : 0), state };
  });
}

/** A client with a pool of connections and one circuit, to be shared by all that talk to the partner in a process. */
export function createPartnerClient(options: PartnerClientOptions): PartnerClient {
  const { timeoutMs, concurrency, attempts } = options;
  const { deadlineMs = 4_000, backoffMs = 100, breakAfter = 10, halfOpenAfterMs = 2_000 } = options;
  const { origin, pathname, search } = new URL(options.url);
  const pool = new Pool(origin, {
    connections: concurrency,
    connect: { timeout: timeoutMs },
    maxResponseSize: limits.answerBytes,
    maxHeaderSize: limits.answerHeaderBytes,
  });
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof PartnerFault && error.isOutage),
    { breaker: new ConsecutiveBreaker(breakAfter), halfOpenAfter: halfOpenAfterMs },
  );

  async function post({ idempotencyKey, body }: PartnerRequest, signal: AbortSignal): Promise<DeliveryOutcome> {
    const answer = await pool.request({
      method: 'POST',
      path: pathname + search,
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body,
      signal,
    });
    const status = answer.statusCode;
    if (isFinal(status) && status >= 400) {
      return { kind: 'REFUSED', status, reason: refusalCode(await answer.body.text().catch(() => '')) };
    }
    // The status line has said it all; a body that breaks off does not take it back.
    await answer.body.dump({ limit: limits.answerBytes, signal }).catch(() => undefined);
    if (isFinal(status)) return { kind: 'DELIVERED', status };
    throw faultOfStatus(status, [answer.headers['retry-after']].flat()[0], Date.now());
  }

  /** One try, whose every fault is a PartnerFault, unless it is the deadline's. */
  async function attempt(request: PartnerRequest, signal: AbortSignal, deadline: AbortSignal) {
    try {
      // After a half-open circuit cockatiel 3.2 forgets the outer signal, so the deadline is named again.
      return await post(request, AbortSignal.any([signal, deadline]));
    } catch (error) {
      if (error instanceof PartnerFault || deadline.aborted) throw error;
      if (signal.aborted) throw new PartnerFault(`no answer within ${timeoutMs} ms`, 0, true);
      throw new PartnerFault((error as { code?: string }).code ?? 'connection failed', 0, true);
    }
  }

  function policyUntil(endsAt: number) {
    const isWorthRetry = (error: Error) =>
      error instanceof PartnerFault && performance.now() + error.retryAfterMs < endsAt;
    return wrap(
      retry(handleWhen(isWorthRetry), { maxAttempts: attempts - 1, backoff: backoffFrom(backoffMs) }),
      slots,
      breaker,
      timeout(timeoutMs, TimeoutStrategy.Cooperative),
    );
  }
  const slots = bulkhead(concurrency, Infinity);

  return {
    async deliver(requests) {
      const deadline = new AbortController();
      // Each request under way listens: more than the ten at which Node suspects a leak.
      setMaxListeners(0, deadline.signal);
      const policy = policyUntil(performance.now() + deadlineMs);
      const isPast = new Promise<DeliveryOutcome>((resolve) => {
        deadline.signal.addEventListener('abort', () => resolve(PAST_DEADLINE), { once: true });
      });
      const timer = setTimeout(() => deadline.abort(), deadlineMs);
      const deliverOne = (request: PartnerRequest): Promise<DeliveryOutcome> =>
        policy
          .execute(({ signal }) => attempt(request, signal, deadline.signal), deadline.signal)
          .catch((error: unknown) => {
            if (deadline.signal.aborted) return PAST_DEADLINE;
            if (error instanceof BrokenCircuitError) return { kind: 'UNAVAILABLE', why: 'the partner is down' };
            if (error instanceof PartnerFault) return { kind: 'UNAVAILABLE', why: error.message };
            throw error;
          });
      try {
        // A pause between two tries does not hear the deadline, hence the race.
        return await Promise.all(requests.map((request) => Promise.race([deliverOne(request), isPast])));
      } finally {
        clearTimeout(timer);
      }
    },
    isBroken: () => breaker.state === CircuitState.Open,
    close: () => pool.destroy(),
  };
}
