/** What the partner's answer means, and what comes in an answer's place: THE table of them. */
import { codeOf } from '../../errors.js';
import { limits } from '../../model/limits.js';

/**
 * DELIVERED: the partner has the order. REFUSED: it will not take it. The others may go away, and say whose fault it is: the
 * ORDER's alone, the PARTNER's whatever the order, or EITHER's, which others' answers tell.
 */
export type Verdict = 'DELIVERED' | 'REFUSED' | 'ORDER' | 'PARTNER' | 'EITHER';

interface AnswerRow {
  /** Statuses, classes of statuses (4xx), and codes of Node's errors. The first row that has it counts. */
  readonly answer: string;
  readonly verdict: Verdict;
  readonly means: string;
}

const ANYTHING_ELSE = 'anything else';

/** RFC 9110, RFC 8470 (425), RFC 6585 (429), and the draft on the Idempotency-Key header (409, 422). docs/partners.md has it, too. */
export const answerTable: readonly AnswerRow[] = [
  { answer: '2xx', verdict: 'DELIVERED', means: 'taken; the body is not asked, and may break off' },
  { answer: '409, 423, 425', verdict: 'ORDER', means: 'another request for the order is being worked on' },
  { answer: '429, 503', verdict: 'PARTNER', means: 'it takes nothing now' },
  { answer: '502, 504', verdict: 'PARTNER', means: 'a gateway does not reach it' },
  { answer: '401, 407', verdict: 'PARTNER', means: 'our credentials are not good, or no longer' },
  { answer: '402, 403', verdict: 'EITHER', means: 'not allowed: the contract, or this order' },
  {
    answer: '404, 405, 421, 426',
    verdict: 'EITHER',
    means: 'the address is wrong, or it speaks of something in the order',
  },
  { answer: '408', verdict: 'EITHER', means: 'the request took too long' },
  { answer: '4xx', verdict: 'REFUSED', means: 'there is something wrong with the order' },
  { answer: '3xx', verdict: 'PARTNER', means: 'it has moved: an order is sent to no address that nobody has set' },
  { answer: '5xx', verdict: 'EITHER', means: 'it failed: at this order, or at all' },
  {
    answer: 'ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENOTFOUND, EAI_AGAIN, ETIMEDOUT',
    verdict: 'PARTNER',
    means: 'nobody is there',
  },
  {
    answer: 'ERR_PRIVATE_ADDRESS',
    verdict: 'PARTNER',
    means: 'its name leads into a private network, which its entry does not allow',
  },
  {
    answer: 'TLS',
    verdict: 'PARTNER',
    means: 'no encrypted connection to it: its certificate has expired, for instance',
  },
  {
    answer: ANYTHING_ELSE,
    verdict: 'EITHER',
    means: 'no answer in time, a connection that broke, an answer that is none',
  },
];

/** That no encrypted connection comes about, OpenSSL's reasons to refuse a certificate among them: https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes */
const ofTls = /^EPROTO$|^ERR_(TLS|SSL)_|CERT|^CRL_|^UNABLE_TO_|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/;

/** What a status or an error's code stands for in the table. */
export function verdictOf(answer: string): Verdict {
  const names = [answer, answer.replace(/^(\d)\d\d$/, '$1xx'), ofTls.test(answer) ? 'TLS' : '', ANYTHING_ELSE];
  return answerTable.find((row) => row.answer.split(', ').some((name) => names.includes(name)))!.verdict;
}

/** What to do about an answer that has to do with who we and they are, by the first pattern that fits: for a person. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/^3\d\d$/, 'a redirect, which is never followed: set the address that it has moved to'],
  [/^40[17]$/, 'it does not accept our credentials: put good ones into their file'],
  [/^403$/, 'it does not allow this to our credentials, or not this order'],
  [
    /^ERR_PRIVATE_ADDRESS$/,
    'its address is in a private or special network, and "privateNetworks" does not allow that',
  ],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for another name'],
  [
    /^(UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT))$/,
    'its certificate is signed by no authority that we trust: name the right one in tls.caFile',
  ],
  [
    /^ERR_SSL_.*ALERT_(UNKNOWN_CA|.*CERTIFICATE.*|ACCESS_DENIED)$/,
    'it does not accept our certificate, or wants one: see tls.certFile',
  ],
];

/** A status or an error's code as a person reads it. */
export function reasonOf(answer: string): string {
  const name = /^\d{3}$/.test(answer) ? `HTTP ${answer}` : answer;
  const hint = hints.find(([pattern]) => pattern.test(answer))?.[1];
  return hint === undefined ? name : `${name}: ${hint}`;
}

export type DeliveryOutcome =
  | { readonly kind: 'DELIVERED'; readonly status: number }
  /** The partner will not take the order. `reason` is the partner's code for it, or empty. */
  | { readonly kind: 'REFUSED'; readonly status: number; readonly reason: string }
  /** Not delivered now, for a reason that may go away. The partner may have taken the order all the same. */
  | {
      readonly kind: 'UNAVAILABLE';
      readonly why: string;
      /** The ORDER where it may be the reason and the partner takes others; NOBODY where it was not even tried. */
      readonly blame: 'ORDER' | 'PARTNER' | 'NOBODY';
      /** How long the order is not to be tried again, by the partner's own wish; 0 where it has none. */
      readonly retryAfterMs: number;
    };

/** A fault of the partner, of the way to it, or of one order there. */
export class PartnerFault extends Error {
  constructor(
    /** For a person; becomes the outcome's `why`. */
    message: string,
    readonly verdict: Verdict,
    /** The partner's own wish: milliseconds to wait before the next try; 0 where it has none. */
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

/** The fault that a status stands for which is neither DELIVERED nor REFUSED. `now` in milliseconds since the epoch. */
export function faultOfStatus(status: number, retryAfter: string | undefined, now: number): PartnerFault {
  return new PartnerFault(reasonOf(String(status)), verdictOf(String(status)), parseRetryAfter(retryAfter, now));
}

/** The fault that an error of the connection stands for: its code is all that is kept of it. */
export function faultOfError(error: unknown): PartnerFault {
  const code = codeOf(error);
  return new PartnerFault(code ? reasonOf(code) : 'connection failed', verdictOf(code ?? ''));
}

/** Seconds, or one of HTTP's three forms of a date (RFC 9110, 5.6.7), of which the last does not say that it is in UTC. */
const seconds = /^\d{1,9}$/;
const date = /^(Sun|Mon|Tue|Wed|Thu|Fri|Sat)[a-z]*,? .*\d\d:\d\d:\d\d( \d{4}| GMT)$/;

/**
 * Milliseconds to wait by a Retry-After header, in seconds or as a date (RFC 9110, 10.2.3); 0 where it says nothing, and never
 * more than the limit.
 */
export function parseRetryAfter(header: string | undefined, now: number): number {
  const text = header?.trim() ?? '';
  if (!seconds.test(text) && !date.test(text)) return 0;
  const millis = seconds.test(text) ? Number(text) * 1000 : Date.parse(text.replace(/(?<! GMT)$/, ' GMT')) - now;
  return Number.isNaN(millis) ? 0 : Math.min(Math.max(0, millis), limits.retryAfterMillis);
}

/**
 * The `code` of a refusal's JSON body, when it looks like a code and holds none of the secrets. Nothing else of the body is kept: a
 * partner may repeat personal data in it.
 */
export function refusalCode(body: string, secrets: readonly string[] = []): string {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    if (typeof code !== 'string' || secrets.some((secret) => code.includes(secret))) return '';
    return /^[\w.-]{1,64}$/.test(code) ? code : '';
  } catch {
    return '';
  }
}
