/** How the stand-in partner misbehaves, for tests and demonstrations. */
import { z } from 'zod';
import { OperatorError } from '../errors.js';
import { askStandIn } from './control.js';

/** Body of `POST /_behaviour`; `{}` is normal. Each part holds until the next behaviour is set. */
export const behaviourSchema = z
  .object({
    /** Answer with this status instead of taking the order… */
    status: z.int().min(300).max(599).optional(),
    /** …this share of the requests, spread evenly. It holds for `drop` as well. */
    share: z.number().min(0).max(1).default(1),
    /** …and of these orders only, or of those for these partners. They hold for `drop` as well. */
    orders: z.array(z.string()).optional(),
    partners: z.array(z.string()).optional(),
    /** Retry-After of those answers, in seconds. */
    retryAfterSeconds: z.int().min(0).optional(),
    /** Wait this long (milliseconds) before handling a request. */
    delayMs: z.int().min(0).default(0),
    /** Cut the connection: before the order is taken, or after it was and before the answer. */
    drop: z.enum(['before', 'after']).optional(),
    /** Cut every connection unread, as if nobody were there. */
    down: z.boolean().default(false),
  })
  .strict();

export type Behaviour = z.infer<typeof behaviourSchema>;

/** Tells the stand-in that runs how to behave from now on; `{}` is normal. Fails with PARTNER_BEHAVIOUR. May be called again. */
export async function setPartnerBehaviour(
  config: Parameters<typeof askStandIn>[0],
  behaviour: Partial<Behaviour>,
): Promise<void> {
  const status = await askStandIn(config, '/_behaviour', behaviour);
  if (status === 200) return;
  throw new OperatorError(
    'PARTNER_BEHAVIOUR',
    `the partner answers /_behaviour at ${config.partnerUrl} with ${status}`,
  );
}

/** Whether the behaviour is for this request, by its order and its partner. */
export function isMeant({ orders, partners }: Behaviour, { orderId, partnerId }: RequestOf): boolean {
  return (orders?.includes(orderId) ?? true) && (partners?.includes(partnerId) ?? true);
}

/** What a request's body says; empty where it says nothing. */
export interface RequestOf {
  readonly orderId: string;
  readonly partnerId: string;
}

/** Whether the nth request (from 1) is in the share: the same ones each time, spread evenly. */
export function isInShare(nth: number, share: number): boolean {
  return Math.floor(nth * share) > Math.floor((nth - 1) * share);
}
