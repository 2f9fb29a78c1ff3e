/** Posts orders to the partners: bounded, retried, broken off at a deadline, each partner for itself. */
import { setMaxListeners } from 'node:events';
import {
  DelegateBackoff,
  ExponentialBackoff,
  bulkhead,
  halfJitterGenerator,
  handleWhen,
  retry,
  type IBackoff,
  type IRetryBackoffContext,
} from 'cockatiel';
import { millisLeft } from '../../model/deadline.js';
import { CircuitOpenError, createCircuit, type Circuit, type Room } from './circuit.js';
import {
  PartnerFault,
  faultOfError,
  faultOfStatus,
  refusalCode,
  verdictOf,
  type DeliveryOutcome,
} from './partner-answer.js';
import { createPartnerDirectory } from './partner-directory.js';
import type { PartnerRequest } from './partner-request.js';

export interface PartnerClientOptions {
  /** Where orders are posted to that the partners file says nothing of. */
  readonly url: string;
  /** Path of the partners file; empty or absent where there is none. It is read again when it changes, and so is what it names. */
  readonly partnersFile?: string;
  /** Milliseconds for one request, connecting included. */
  readonly timeoutMs: number;
  /** Requests under way at once for each partner, over all calls of this client. */
  readonly concurrency: number;
  /** Requests for each order within one call. */
  readonly attempts: number;
  /** Milliseconds after which a call answers, whatever the partner does, unless its batch has less left. */
  readonly deadlineMs?: number;
  /** Milliseconds of the batch's time that a call leaves, for what is to be recorded after it. */
  readonly reserveMs?: number;
  /** Milliseconds of the first pause between two requests; it doubles each time, and half of it is left to chance. */
  readonly backoffMs?: number;
  /** Orders in a row that a partner does not take, which open its circuit. */
  readonly breakAfter?: number;
  /** Milliseconds after which an open circuit lets one request try. */
  readonly halfOpenAfterMs?: number;
  /** Milliseconds that a connection is used for: behind the partner's name may stand another machine by then. */
  readonly connectionMs?: number;
}

export interface PartnerClient {
  /**
   * Tries to deliver, in the order given, of which the answer is. Never rejects, and ends by the deadline: requests under
   * way are aborted, and what is not delivered then is UNAVAILABLE. Safe to call again with the same requests, as far as the
   * partner honours their idempotency keys.
   */
  deliver(requests: readonly PartnerRequest[]): Promise<DeliveryOutcome[]>;
  /** How many orders of this partner may be tried now, by its circuit. */
  roomFor(partnerId: string): Room;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/** What each partner has for itself. */
interface Lane {
  readonly circuit: Circuit;
  readonly slots: ReturnType<typeof bulkhead>;
}

/** The reference data name a few; records that name others shall not fill the memory. */
const MAX_LANES = 1_000;

const untried = (why: string): DeliveryOutcome => ({ kind: 'UNAVAILABLE', why, blame: 'NOBODY', retryAfterMs: 0 });
const PAST_DEADLINE = untried('no time was left in the batch');
const CIRCUIT_OPEN = untried('the partner takes no orders now');

/** Exponential with jitter, and never shorter than the partner's Retry-After: timers may be a little early. */
function backoffFrom(initialDelay: number) {
  const exponential = new ExponentialBackoff({ initialDelay, maxDelay: 2_000, generator: halfJitterGenerator });
  return new DelegateBackoff<IRetryBackoffContext<unknown>, IBackoff<unknown>>((context, previous) => {
    const state = previous ? previous.next(context) : exponential.next();
    const error = 'error' in context.result ? context.result.error : undefined;
    return { delay: Math.max(state.duration, error instanceof PartnerFault ? error.retryAfterMs + 5 : 0), state };
  });
}

/** A client with a pool of connections and a circuit for each partner, to be shared by all that talk to them in a process. */
export function createPartnerClient(options: PartnerClientOptions): PartnerClient {
  const { timeoutMs, concurrency, attempts } = options;
  const { deadlineMs = 3_500, reserveMs = 1_500, backoffMs = 100, breakAfter = 10, halfOpenAfterMs = 2_000 } = options;
  const { connectionMs = 60_000 } = options;
  const directory = createPartnerDirectory({ ...options, connectionMs });
  const lanes = new Map<string, Lane>();

  function laneOf(partnerId: string): Lane {
    const known = lanes.get(partnerId);
    if (known) return known;
    const [oldest] = lanes.keys();
    if (oldest !== undefined && lanes.size >= MAX_LANES) lanes.delete(oldest);
    const circuit = createCircuit({ breakAfter, halfOpenAfterMs });
    const lane = { circuit, slots: bulkhead(concurrency, Infinity) };
    lanes.set(partnerId, lane);
    return lane;
  }

  /** Aborted by neither signal before the credentials are there: to get them is not the order's time, and ends by itself. */
  async function post(request: PartnerRequest, startTimer: () => AbortSignal): Promise<DeliveryOutcome> {
    const endpoint = await directory.endpointOf(request.partnerId);
    const header = await endpoint.prepare();
    const { status, body, retryAfter, secrets } = await endpoint.post(request, header, startTimer());
    const verdict = verdictOf(String(status));
    if (verdict === 'REFUSED') return { kind: 'REFUSED', status, reason: refusalCode(body, secrets) };
    if (verdict === 'DELIVERED') return { kind: 'DELIVERED', status };
    throw faultOfStatus(status, retryAfter, Date.now());
  }

  /** One request, whose every fault is a PartnerFault, unless it is the deadline's. */
  async function attempt(request: PartnerRequest, deadline: AbortSignal): Promise<DeliveryOutcome> {
    let timer: AbortSignal | undefined;
    const startTimer = () => AbortSignal.any([(timer = AbortSignal.timeout(timeoutMs)), deadline]);
    try {
      return await post(request, startTimer);
    } catch (error) {
      if (error instanceof PartnerFault || deadline.aborted) throw error;
      if (timer?.aborted) throw new PartnerFault(`no answer within ${timeoutMs} ms`, verdictOf('no answer'));
      throw faultOfError(error);
    }
  }

  function retriesUntil(endsAt: number) {
    const isWorthRetry = (error: Error) =>
      error instanceof PartnerFault && performance.now() + error.retryAfterMs < endsAt;
    return retry(handleWhen(isWorthRetry), { maxAttempts: attempts - 1, backoff: backoffFrom(backoffMs) });
  }

  function outcomeOf({ message: why, verdict, retryAfterMs }: PartnerFault, { circuit }: Lane): DeliveryOutcome {
    const isOfPartner = verdict === 'PARTNER' || (verdict === 'EITHER' && circuit.room() !== 'ANY');
    return { kind: 'UNAVAILABLE', why, blame: isOfPartner ? 'PARTNER' : 'ORDER', retryAfterMs };
  }

  /** All requests for one order. A fault that it had counts, though the circuit or the deadline ended its retries. */
  async function deliverOne(request: PartnerRequest, retries: ReturnType<typeof retriesUntil>, deadline: AbortSignal) {
    const lane = laneOf(request.partnerId);
    let fault: PartnerFault | undefined;
    const tryOnce = () => {
      deadline.throwIfAborted();
      return lane.circuit.run(request.idempotencyKey, () => attempt(request, deadline));
    };
    // A pause between two requests does not hear the deadline, hence the race.
    const isPast = new Promise<never>((_resolve, reject) => {
      deadline.addEventListener('abort', () => reject(new Error('the deadline is past')), { once: true });
    });
    try {
      const delivery = retries.execute(async () => {
        try {
          // Without the signal: of a task that was cancelled in the queue cockatiel 3.2 wakes none of those behind it.
          return await lane.slots.execute(tryOnce);
        } catch (error) {
          if (error instanceof PartnerFault) fault = error;
          throw error;
        }
      }, deadline);
      return await Promise.race([delivery, isPast]);
    } catch (error) {
      if (fault) return outcomeOf(fault, lane);
      if (deadline.aborted) return PAST_DEADLINE;
      if (error instanceof CircuitOpenError) return CIRCUIT_OPEN;
      throw error;
    }
  }

  return {
    async deliver(requests) {
      const millis = Math.min(deadlineMs, millisLeft() - reserveMs);
      if (millis <= 0) return requests.map(() => PAST_DEADLINE);
      const deadline = new AbortController();
      // Each request under way listens: more than the ten at which Node suspects a leak.
      setMaxListeners(0, deadline.signal);
      const retries = retriesUntil(performance.now() + millis);
      const timer = setTimeout(() => deadline.abort(), millis);
      try {
        return await Promise.all(requests.map((request) => deliverOne(request, retries, deadline.signal)));
      } finally {
        clearTimeout(timer);
      }
    },
    roomFor: (partnerId) => lanes.get(partnerId)?.circuit.room() ?? 'ANY',
    close: async () => directory.close(),
  };
}
