/** What the metastore's tests ask with: small reference data, and queries and lines with the rest filled in. */
import { expect } from 'vitest';
import type {
  AggregationClaim,
  LeasedDelivery,
  Metastore,
  NextTry,
  ParkedDelivery,
  StatusChange,
  ValidationQuery,
} from '../../metastore/metastore.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import { contentOf } from '../../model/record.js';
import type { RecordPosition, Released } from '../../model/release.js';
import { stages } from '../../model/stages.js';
import type { Status } from '../../model/statuses.js';

export const reference: ReferenceData = {
  locations: [
    { locationId: 'LOC-A', name: 'Amsterdam', region: 'EU' },
    { locationId: 'LOC-B', name: 'Boston', region: 'US' },
    { locationId: 'LOC-M', name: 'Moon', region: 'SPACE' },
  ],
  routes: [
    { orderType: 'STANDARD', destination: '*', route: 'EXTERNAL', partnerId: 'PARTNER-1' },
    { orderType: 'STANDARD', destination: 'EU', route: 'INTERNAL' },
    { orderType: 'EXPRESS', destination: 'US', route: 'EXTERNAL', partnerId: 'PARTNER-2' },
  ],
  fraudNetworks: ['203.0.113.0/24', '203.0.113.66', '0.0.0.0/2', '2001:db8:bad::/48', '2001:DB8:BAD:0:0::1/128'],
  paymentDefaulters: ['C-DEFAULTER'],
  ipRegions: [
    { network: '10.0.0.0/8', region: 'EU' },
    { network: '10.1.0.0/16', region: 'US' },
    { network: '2001:db8::/32', region: 'SPACE' },
  ],
  leadTimes: [
    { fromRegion: 'EU', toRegion: 'EU', minutes: 240 },
    { fromRegion: 'EU', toRegion: 'US', minutes: 4320 },
  ],
  cancelledOrders: ['O-CANCELLED'],
};

export const createdAt = Date.UTC(2026, 0, 15, 12, 30, 0, 125);

export const record = (offset: number): RecordPosition => ({ topic: 'raw_order', partition: 1, offset });

export const query = (offset: number, orderId: string, messageId: string, rest = {}): ValidationQuery => ({
  ...record(offset),
  orderId,
  messageId,
  createdAt,
  // Of each publication its own.
  content: contentOf(Buffer.from(`${orderId} ${messageId}`)),
  customerId: 'C-1',
  ipAddress: '192.0.2.1',
  fromLocationId: 'LOC-A',
  toLocationId: 'LOC-B',
  ...rest,
});

export const claim = (offset: number, orderId: string, released?: Released): AggregationClaim => ({
  ...record(offset),
  orderId,
  isTooLate: false,
  ...(released && { released }),
});

/** The release of the record at an offset of `record`'s partition. */
export const releaseOf = (offset: number, number: number): Released => ({ ...position(offset), number });
const position = (offset: number) => ({ partition: record(offset).partition, offset });

/** The last stage that records the status: of dead letters the one that ends deliveries. */
const recorderOf = (status: Status) =>
  stages.findLast((stage) => (stage.statuses as readonly Status[]).includes(status))?.name ?? 'generator';

export const line = (orderId: string, messageId: string, status: Status, rest = {}): StatusChange => ({
  orderId,
  messageId,
  createdAt,
  status,
  recordedBy: recorderOf(status),
  detail: '',
  ...(status === 'VALIDATED' && { otherwise: { status: 'REJECTED', detail: 'DUPLICATE_ORDER' } }),
  ...rest,
});

const delivery = (orderId: string, age: number, attempt: number): ParkedDelivery => ({
  orderId,
  attempt,
  messageId: `M-${orderId}`,
  partnerId: 'P-1',
  createdAt: createdAt - age,
  idempotencyKey: `key ${attempt} of ${orderId}`,
  record: {
    topic: 'external_order',
    partition: 3,
    offset: 2 ** 40 + age,
    timestamp: createdAt + age,
    key: new Uint8Array([0, 92, 34]),
    value: new Uint8Array([255, 0, age % 256]),
    release: attempt === 1 ? '' : `external_order/3/1/external-processor/${attempt - 1}`,
  },
});

/** A delivery that nobody has tried yet, and that is due. */
export const parked = (orderId: string, age: number, attempt = 1, next: Partial<NextTry> = {}) => ({
  ...delivery(orderId, age, attempt),
  tries: 0,
  waitMillis: 0,
  answer: 'HTTP 503',
  ...next,
});

/** The same, as a worker gets it. */
export const leased = (orderId: string, age: number, attempt = 1, tries = 0): LeasedDelivery => ({
  ...delivery(orderId, age, attempt),
  tries,
  waitedMillis: expect.any(Number) as number,
  givenUp: '',
});

/** Lets an order pass all steps up to ROUTED. */
export async function route(metastore: Metastore, orderId: string, messageId: string): Promise<void> {
  const passed = ['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED'] as const;
  await metastore.recordStatuses(passed.map((status) => line(orderId, messageId, status)));
}
