/**
 * Whether a partner takes orders at all, so that one that is down is let alone. Orders of ours, not requests, open the circuit:
 * one that always fails proves nothing about the partner, however often it is tried.
 */
import { PartnerFault } from './partner-answer.js';

export interface CircuitOptions {
  /** Orders in a row that the partner does not take, which open the circuit. */
  readonly breakAfter: number;
  /** Milliseconds after which an open circuit lets one request try. */
  readonly halfOpenAfterMs: number;
  /** In milliseconds; `performance.now` unless given. */
  readonly clock?: () => number;
}

/** How many may be tried now: any number, one that tells whether the partner is back, or none. */
export type Room = 'ANY' | 'ONE' | 'NONE';

/** The request was not made: the circuit is open. */
export class CircuitOpenError extends Error {}

export interface Circuit {
  room(): Room;
  /**
   * Makes the request of the order of that key, unless the circuit is open: it throws a CircuitOpenError then. When it may be tried
   * again the first one is the probe, and the others wait for what comes of it. What is no PartnerFault says nothing about the partner.
   */
  run<T>(key: string, request: () => Promise<T>): Promise<T>;
}

/** A closed circuit, for one partner. */
export function createCircuit({
  breakAfter,
  halfOpenAfterMs,
  clock = () => performance.now(),
}: CircuitOptions): Circuit {
  /** What has failed in a row: the orders' keys; where no order can be at fault, each request for itself. */
  const failed = new Set<unknown>();
  /** When the next one may be tried; undefined while the circuit is closed. */
  let openUntil: number | undefined;
  /** The partner itself has asked for the time until then. */
  let isAskedFor = false;
  let probe: Promise<undefined> | undefined;

  const isWaiting = () => openUntil !== undefined && clock() < openUntil;

  function noteAnswer(isProbe: boolean): void {
    failed.clear();
    // Requests that were under way when it asked for a pause are answered still.
    if (!isProbe && isAskedFor && isWaiting()) return;
    openUntil = undefined;
  }

  function noteFault(key: string, { verdict, retryAfterMs }: PartnerFault, isProbe: boolean): void {
    if (verdict === 'ORDER') return noteAnswer(isProbe);
    failed.add(verdict === 'PARTNER' ? Symbol(key) : key);
    const pauseMs = verdict === 'PARTNER' ? retryAfterMs : 0;
    if (pauseMs === 0 && !isProbe && (openUntil !== undefined || failed.size < breakAfter)) return;
    openUntil = Math.max(openUntil ?? 0, clock() + (pauseMs || halfOpenAfterMs));
    isAskedFor = pauseMs > 0;
    failed.clear();
  }

  async function request<T>(key: string, make: () => Promise<T>, isProbe: boolean): Promise<T> {
    try {
      const answer = await make();
      noteAnswer(isProbe);
      return answer;
    } catch (error) {
      if (error instanceof PartnerFault) noteFault(key, error, isProbe);
      throw error;
    }
  }

  return {
    room() {
      if (openUntil === undefined) return 'ANY';
      return isWaiting() || probe ? 'NONE' : 'ONE';
    },
    async run(key, make) {
      while (openUntil !== undefined && !isWaiting() && probe) await probe;
      if (openUntil === undefined) return request(key, make, false);
      if (isWaiting()) throw new CircuitOpenError();
      const probing = request(key, make, true);
      const end = () => (probe = undefined);
      probe = probing.then(end, end);
      return probing;
    },
  };
}
