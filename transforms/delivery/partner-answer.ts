/** What the partner's answer means: delivered, refused for good, or worth another try. */

export type DeliveryOutcome =
  | { readonly kind: 'DELIVERED'; readonly status: number }
  /** The partner will not take the order. `reason` is the partner's code for it, or empty. */
  | { readonly kind: 'REFUSED'; readonly status: number; readonly reason: string }
  /** Not delivered now, for a reason that may go away. The partner may have taken the order all the same. */
  | { readonly kind: 'UNAVAILABLE'; readonly why: string };

/** A fault of the partner or of the way to it. */
export class PartnerFault extends Error {
  constructor(
    /** For a person; becomes the outcome's `why`. */
    message: string,
    /** The partner's own wish: milliseconds to wait before the next try. */
    readonly retryAfterMs: number,
    /** Whether it says that the partner is down; one that only slows us down is not. */
    readonly isOutage: boolean,
  ) {
    super(message);
  }
}

/** Client errors that a later try may not meet (RFC 9110, RFC 8470, RFC 6585). */
const RETRYABLE_STATUSES: readonly number[] = [408, 425, 429];

/** Whether the status is the partner's last word: 2xx and the 4xx but 408, 425 and 429. */
export function isFinal(status: number): boolean {
  return (status >= 200 && status < 300) || (status >= 400 && status < 500 && !RETRYABLE_STATUSES.includes(status));
}

/** The fault that a status which is not final stands for. `now` in milliseconds since the epoch. */
export function faultOfStatus(status: number, retryAfter: string | undefined, now: number): PartnerFault {
  return new PartnerFault(`HTTP ${status}`, parseRetryAfter(retryAfter, now), status !== 429);
}

/** Milliseconds to wait by a Retry-After header, in seconds or as a date (RFC 9110, 10.2.3); 0 where it says nothing. */
export function parseRetryAfter(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const time = Date.parse(header);
  return Number.isNaN(time) ? 0 : Math.max(0, time - now);
}

/**
 * The `code` of a refusal's JSON body, when it looks like a code. Nothing else of the body is kept: a partner may repeat
 * personal data in it.
 */
export function refusalCode(body: string): string {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : '';
  } catch {
    return '';
  }
}
