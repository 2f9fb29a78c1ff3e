/** What the stages do with orders whose personal data are sealed, before and after their customer was erased. */
import { describe, expect, test } from 'vitest';
import { createInMemoryKms } from '../../kms/in-memory-kms.js';
import { KmsError } from '../../kms/kms.js';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import type { KafkaRecord } from '../../model/record.js';
import { createKeyring, customerHash, openIndexKey } from '../../personal-data/keyring.js';
import { personalFieldNames } from '../../personal-data/sealing.js';
import { createVault } from '../../personal-data/vault.js';
import { deadLetterCodec, enrichedOrderCodec, orderCodec, rejectedOrderCodec, v1, type Order } from '../../proto/messages.js'; // prettier-ignore
import { createEnricher } from '../../transforms/enricher.js';
import type { DeliveryOutcome } from '../../transforms/delivery/partner-answer.js';
import { createRedeliverer } from '../../transforms/delivery/redelivery.js';
import { createExternalProcessor } from '../../transforms/external-processor.js';
import type { PersonalDataMode } from '../../transforms/step/personal-data.js';
import type { StepContext, StepOutput } from '../../transforms/step/step.js';
import { TransientError } from '../../transforms/step/transient-error.js';
import { createValidator } from '../../transforms/validator.js';
import { aPartnerThat, noReferenceData, notTaken, retryPolicy as retry, routed } from './delivery-fixtures.js';
import { aRecord, anOrder, counting, externalRecord, NOW, plain, rawRecord, shop, warehouse } from './fixtures.js';
import { sealedBy } from './vaults.js';

const reference: ReferenceData = {
  ...noReferenceData,
  locations: [warehouse, shop],
  paymentDefaulters: ['c-bad'],
  fraudNetworks: ['203.0.113.0/24'],
  ipRegions: [{ network: '192.0.2.0/24', region: 'EU-WEST' }],
};

function anInstallation() {
  const time = { now: NOW };
  const clock = () => time.now;
  const metastore = createInMemoryMetastore(reference, clock);
  const kms = createInMemoryKms();
  /** As a process has it that has just begun. */
  const vault = () => createVault(createKeyring({ kms, metastore }));
  const validator = (personalData: PersonalDataMode) =>
    createValidator({ metastore, maxOrderBytes: 10_000, vault: vault(), personalData });
  const erase = async (customerId = 'c-1') =>
    metastore.eraseCustomer(customerHash((await openIndexKey({ kms, metastore }, 'leave'))!, customerId));
  const seal = (order = anOrder()) => sealedBy(vault(), order);
  const lines = () => metastore.history.map(({ recordedBy, status, detail }) => [recordedBy, status, detail]);
  return { metastore, kms, vault, validator, erase, seal, lines, time, clock, ...counting() };
}

type Step = (records: readonly KafkaRecord[], context: StepContext) => Promise<readonly (readonly StepOutput[])[]>;
const one = async (step: Step, record: KafkaRecord, context: StepContext): Promise<StepOutput> =>
  (await step([record], context))[0]![0] ?? {};
const reasonsIn = (output: StepOutput) =>
  rejectedOrderCodec.decode(output.rejected_order!.value).rejections.map(({ reason }) => v1.RejectReason[reason!]);
const letterIn = (output: StepOutput) => {
  const { reason, error } = deadLetterCodec.decode(output.dead_letter!.value);
  return [v1.DeadLetterReason[reason], error];
};
const bytesOf = (output: StepOutput) => Object.entries(output).map(([topic, record]) => [topic, plain(record.value)]);
const hasPersonalData = (bytes: Uint8Array) => /c-1|192\.0\.2\.7/.test(Buffer.from(bytes).toString('latin1'));

describe('the validator', () => {
  test.each(['plain', 'sealed', 'sealed-only'] as const)(
    'passes a sealed order as it is, where orders come %s',
    async (mode) => {
      const { validator, seal, context, lines } = anInstallation();
      const record = rawRecord(await seal());
      const output = await one(validator(mode), record, context);
      expect(bytesOf(output)).toEqual([['valid_order', plain(record.value)]]);
      expect(lines()).toEqual([['validator', 'VALIDATED', '']]);
    },
  );

  test.each([
    ['FRAUD_IP', { ipAddress: '203.0.113.9' }],
    ['PAYMENT_DEFAULTER', { customerId: 'c-bad' }],
  ] as const)('finds %s in a sealed order', async (reason, changes) => {
    const { validator, seal, context } = anInstallation();
    const output = await one(validator('sealed'), rawRecord(await seal(anOrder(changes))), context);
    expect(reasonsIn(output)).toEqual([reason]);
  });

  test('seals a plain order, which keeps all else', async () => {
    const { validator, vault, context, lines } = anInstallation();
    const output = await one(validator('sealed'), rawRecord(anOrder()), context);
    const bytes = output.valid_order!.value;
    expect(hasPersonalData(bytes)).toBe(false);
    const order = orderCodec.decode(bytes);
    expect(await vault().open([order], personalFieldNames)).toMatchObject([{ fields: { customerId: 'c-1', ipAddress: '192.0.2.7', paymentMethod: 1 } }]); // prettier-ignore
    for (const name of ['customerKeyId', 'sealedCustomerId', 'sealedIpAddress', 'sealedPaymentMethod'] as const)
      delete (order as Partial<Order>)[name];
    const { customerId, ipAddress, paymentMethod } = anOrder();
    const plainAgain = orderCodec.encode(Object.assign(order, { customerId, ipAddress, paymentMethod }));
    expect(plain(plainAgain)).toEqual(plain(orderCodec.encode(anOrder())));
    expect(lines()).toEqual([['validator', 'VALIDATED', 'personal data sealed']]);
  });

  test('seals a plain order that it rejects', async () => {
    const { validator, context } = anInstallation();
    const output = await one(validator('sealed'), rawRecord(anOrder({ ipAddress: '203.0.113.9' })), context);
    const { order } = rejectedOrderCodec.decode(output.rejected_order!.value);
    expect(reasonsIn(output)).toEqual(['FRAUD_IP']);
    expect(order).toMatchObject({ customerId: '', ipAddress: '', paymentMethod: 0 });
    expect((order as Order).sealedIpAddress.length).toBeGreaterThan(28);
  });

  test('sets a plain order aside where sealed ones are taken alone', async () => {
    const { validator, context } = anInstallation();
    const output = await one(validator('sealed-only'), rawRecord(anOrder()), context);
    expect(letterIn(output)).toEqual([
      'INVALID_ORDER',
      'customer_id, ip_address and payment_method are not sealed, and plain ones are taken no more',
    ]);
  });

  test('rejects an order whose customer was erased before, with its other reasons', async () => {
    const { validator, erase, seal, context } = anInstallation();
    const record = rawRecord(await seal());
    await erase();
    const output = await one(validator('sealed'), record, context);
    expect(reasonsIn(output)).toEqual(['CUSTOMER_ERASED']);
  });

  test.each([
    [
      'a plain field beside',
      (order: Order) => (order.customerId = 'c-1'),
      'customer_id, ip_address or payment_method stands beside its sealed form',
    ],
    [
      'no sealed address',
      (order: Order) => (order.sealedIpAddress = new Uint8Array(0)),
      'sealed_ip_address is missing',
    ],
    [
      'a sealed field too short',
      (order: Order) => (order.sealedIpAddress = new Uint8Array(28)),
      'sealed_ip_address is no sealed field',
    ],
    [
      'a sealed field too long',
      (order: Order) => (order.sealedIpAddress = new Uint8Array(701)),
      'sealed_ip_address is no sealed field',
    ],
    [
      'a key id that is none',
      (order: Order) => (order.customerKeyId = '../../etc'),
      'customer_key_id is no id of a key',
    ],
    ['a key id that nobody has', (order: Order) => (order.customerKeyId = 'A'.repeat(22)), 'customer_key_id is no key'],
    [
      'another order id',
      (order: Order) => (order.orderId = 'o-2'),
      'sealed_customer_id, sealed_ip_address, sealed_payment_method cannot be opened: changed, or sealed for another order',
    ],
  ])('sets an order with %s aside, without a word of what it says', async (_what, change, error) => {
    const { validator, seal, context, metastore } = anInstallation();
    const order = await seal();
    change(order);
    const good = rawRecord(await seal(anOrder({ orderId: 'o-9', messageId: 'm-9' })), 9);
    const [bad, other] = await validator('sealed')([rawRecord(order), good], context);
    expect(letterIn(bad![0]!)).toEqual(['INVALID_ORDER', error]);
    expect(Object.keys(other![0]!)).toEqual(['valid_order']);
    // It may bear anybody's ids.
    expect(metastore.history[0]).toMatchObject({ status: 'DEAD_LETTERED', about: '1@0' });
  });

  test('says the same of what nobody could open when its customer is erased', async () => {
    const { validator, seal, erase, context, metastore } = anInstallation();
    const copied = await seal();
    copied.messageId = 'm-2';
    const record = rawRecord(copied);
    const before = await one(validator('sealed'), record, context);
    await erase();
    expect(bytesOf(await one(validator('sealed'), record, context))).toEqual(bytesOf(before));
    expect(metastore.history).toHaveLength(1);
  });

  test('looks at what is sealed as at what is plain', async () => {
    const { validator, seal, context } = anInstallation();
    const bad = await seal(anOrder({ customerId: ' c', ipAddress: '1.2.3', paymentMethod: 77 as never }));
    expect(letterIn(await one(validator('sealed'), rawRecord(bad), context))).toEqual([
      'INVALID_ORDER',
      'customer_id has blanks at its beginning or end; ip_address is no IP address; payment_method 77 is unknown',
    ]);
  });

  test('sets sealed fields without a key id aside', async () => {
    const { validator, seal, context } = anInstallation();
    const { sealedIpAddress } = await seal();
    const order = anOrder({ sealedIpAddress });
    expect(letterIn(await one(validator('plain'), rawRecord(order), context))).toEqual([
      'INVALID_ORDER',
      'customer_key_id is missing',
    ]);
  });
});

describe('a decision of the validator stands, with the same bytes', () => {
  const ways: [string, (order: Order, installation: ReturnType<typeof anInstallation>) => Promise<Order>][] = [
    ['plain', async (order) => order],
    ['sealed', async (_order, { seal }) => seal()],
  ];
  const cases = ways.flatMap(([form, make]) =>
    (['plain', 'sealed'] as const).flatMap((before) =>
      (['plain', 'sealed', 'sealed-only'] as const).map((after) => ({ form, make, before, after })),
    ),
  );
  test.each(cases)(
    'of a $form order, decided with $before and read again with $after, when the customer is gone',
    async ({ make, before, after }) => {
      const installation = anInstallation();
      const { validator, erase, seal, context } = installation;
      // So that there is a key to erase, whichever way it comes.
      await seal();
      const record = rawRecord(await make(anOrder(), installation));
      const first = await one(validator(before), record, context);
      expect(Object.keys(first)).toEqual(['valid_order']);
      await erase();
      expect(bytesOf(await one(validator(after), record, context))).toEqual(bytesOf(first));
    },
  );

  test('of a plain order that was rejected', async () => {
    const { validator, erase, context } = anInstallation();
    const record = rawRecord(anOrder({ ipAddress: '203.0.113.9' }));
    const first = await one(validator('sealed'), record, context);
    await erase();
    expect(bytesOf(await one(validator('plain'), record, context))).toEqual(bytesOf(first));
  });
});

describe('the enricher', () => {
  const enriched = (output: StepOutput) => enrichedOrderCodec.decode(output.enriched_order!.value);
  async function anEnricher() {
    const installation = anInstallation();
    const { metastore, vault, seal } = installation;
    const order = await seal();
    await metastore.recordStatuses([
      {
        orderId: 'o-1',
        messageId: 'm-1',
        createdAt: NOW - 3_600_000,
        status: 'VALIDATED',
        recordedBy: 'validator',
        detail: '',
      },
    ]);
    const record = aRecord('valid_order', orderCodec.encode(order), 5);
    return { ...installation, order, record, enricher: () => createEnricher({ metastore, vault: vault() }) };
  }

  test('finds the region of a sealed address', async () => {
    const { enricher, record, context } = await anEnricher();
    expect(enriched(await one(enricher(), record, context)).ipRegion).toBe('EU-WEST');
  });

  test('goes on without a region when the customer was erased, and keeps a region that it has found', async () => {
    const { enricher, record, erase, context } = await anEnricher();
    const first = await one(enricher(), record, context);
    await erase();
    expect(bytesOf(await one(enricher(), record, context))).toEqual(bytesOf(first));
    const other = await anEnricher();
    await other.erase();
    const output = await one(other.enricher(), other.record, context);
    expect(enriched(output)).toMatchObject({ ipRegion: '', fromLocation: warehouse });
  });

  test('sets an order aside whose address was changed', async () => {
    const { enricher, order, context } = await anEnricher();
    order.sealedIpAddress[20]! ^= 1;
    const record = aRecord('valid_order', orderCodec.encode(order), 5);
    expect(letterIn(await one(enricher(), record, context))).toEqual([
      'INVALID_ORDER',
      'sealed_ip_address cannot be opened: changed, or sealed for another order',
    ]);
  });
});

describe('a delivery', () => {
  async function aDelivery(answer: () => DeliveryOutcome) {
    const installation = anInstallation();
    const { metastore, vault, seal, clock } = installation;
    const order = await seal();
    await routed(metastore, [anOrder()]);
    const partner = aPartnerThat(answer);
    const deliver = createExternalProcessor({ metastore, partner, retry, vault: vault() });
    const redeliver = createRedeliverer({ metastore, partner, retry, vault: vault(), clock, confirmMs: 0 });
    return { ...installation, partner, deliver, redeliver, record: externalRecord(order, 3) };
  }
  const bodyOf = ({ requests }: ReturnType<typeof aPartnerThat>) => JSON.parse(requests[0]!.body) as object;
  const erasedLine = [
    'external-processor',
    'DELIVERY_FAILED',
    'the customer was erased before the partner had the order',
  ];

  test('names the payment method, which was sealed', async () => {
    const { deliver, record, partner, context } = await aDelivery(() => ({ kind: 'DELIVERED', status: 201 }));
    await deliver([record], context);
    expect(bodyOf(partner)).toMatchObject({ orderId: 'o-1', paymentMethod: 'CARD' });
  });

  test('ends as failed, with a dead letter and no request, when the customer was erased', async () => {
    const { deliver, record, partner, erase, context, lines } = await aDelivery(() => ({
      kind: 'DELIVERED',
      status: 201,
    }));
    await erase();
    expect(letterIn(await one(deliver, record, context))).toEqual([
      'DELIVERY_REFUSED',
      'the delivery failed: the customer was erased before the partner had the order',
    ]);
    expect(partner.requests).toEqual([]);
    expect(lines().at(-1)).toEqual(erasedLine);
    // Read again, it is the same.
    expect(letterIn(await one(deliver, record, context))[0]).toBe('DELIVERY_REFUSED');
    expect(partner.requests).toEqual([]);
  });

  test('that was made stays delivered', async () => {
    const { deliver, record, erase, context, lines } = await aDelivery(() => ({ kind: 'DELIVERED', status: 201 }));
    await deliver([record], context);
    await erase();
    expect(await deliver([record], context)).toEqual([[]]);
    expect(lines().at(-1)).toEqual(['external-processor', 'DELIVERED', 'HTTP 201']);
  });

  test('that waits is made later, with the payment method', async () => {
    let isUp = false;
    const { deliver, redeliver, record, partner, context, time } = await aDelivery(() =>
      isUp ? { kind: 'DELIVERED', status: 201 } : notTaken('HTTP 503'),
    );
    await deliver([record], context);
    isUp = true;
    time.now += 100_000;
    await redeliver(context);
    expect(partner.requests).toHaveLength(2);
    expect(partner.requests[1]!.body).toBe(partner.requests[0]!.body);
  });

  test('that waits ends as failed when the customer was erased', async () => {
    const { deliver, redeliver, record, partner, erase, context, time, lines } = await aDelivery(() =>
      notTaken('HTTP 503'),
    );
    await deliver([record], context);
    await erase();
    time.now += 100_000;
    // The payment method of the delivery is in no memory but the first process's.
    expect((await redeliver(context)).map(letterIn)).toEqual([
      ['DELIVERY_REFUSED', 'the delivery failed: the customer was erased before the partner had the order'],
    ]);
    expect(partner.requests).toHaveLength(1);
    expect(lines().at(-1)).toEqual(erasedLine);
  });
});

test('a KMS that is down fails the batch, and costs no order', async () => {
  const { metastore, kms, seal, context } = anInstallation();
  const record = rawRecord(await seal());
  let isDown = true;
  const failing = {
    ...kms,
    unwrap: (...args: Parameters<typeof kms.unwrap>) =>
      isDown ? Promise.reject(new KmsError('the KMS is down: start it')) : kms.unwrap(...args),
  };
  const vault = createVault(createKeyring({ kms: failing, metastore }));
  const validate = createValidator({ metastore, maxOrderBytes: 10_000, vault, personalData: 'sealed' });
  await expect(validate([record], context)).rejects.toThrow(new TransientError('the KMS is down: start it'));
  expect(metastore.history).toEqual([]);
  isDown = false;
  expect(Object.keys(await one(validate, record, context))).toEqual(['valid_order']);
});
