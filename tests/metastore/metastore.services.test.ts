/** The contract of metastore/metastore.ts: the same tests against each form. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AggregationClaim, Metastore } from '../../metastore/metastore.js';
import { contentOf } from '../../model/record.js';
import { inMemory, inPostgres, inRoles, type Implementation } from './implementations.js';
import { claim, createdAt, leased, line, parked, query, releaseOf, route } from './orders.js';

describe.each([
  ['in memory', async () => inMemory()],
  ['in PostgreSQL', inPostgres],
  ['in the roles of the stages', inRoles],
])('the metastore %s', (_, create) => {
  let implementation: Implementation;
  let metastore: Metastore;
  beforeAll(async () => {
    implementation = await create();
  });
  beforeEach(async () => {
    metastore = await implementation.reset();
  });
  afterAll(() => implementation.stop());

  const name = (orderId: string, attempt = 1) => ({ orderId, attempt });
  const claimsOf = async (...queries: Parameters<typeof query>[]) =>
    (await metastore.lookupForValidation(queries.map((parts) => query(...parts)))).map((facts) => facts.claim);
  const historyOf = async () =>
    (await implementation.history()).map(({ orderId, messageId, status }) => `${orderId} ${messageId} ${status}`);

  test('answers nothing to empty batches', async () => {
    expect(await metastore.lookupForValidation([])).toEqual([]);
    expect(await metastore.lookupForEnrichment([])).toEqual([]);
    expect(await metastore.lookupRoutes([])).toEqual([]);
    expect(await metastore.claimDeliveries([])).toEqual([]);
    expect(await metastore.claimForAggregation([])).toEqual([]);
    expect(await metastore.answersForAggregation([])).toEqual([]);
    await metastore.recordStatuses([]);
    await metastore.parkDeliveries([]);
    await metastore.removeParkedDeliveries([]);
    expect(await metastore.leaseParkedDeliveries('P-1', 10, 1_000)).toEqual([]);
  });

  describe('claims orders', () => {
    const accepted = (orderId: string, messageId: string) =>
      metastore.recordStatuses([line(orderId, messageId, 'VALIDATED')]);

    test('a publication is FIRST until another one is accepted as its order: then it is a DUPLICATE, and each answer stays', async () => {
      const batch: Parameters<typeof query>[] = [
        [1, 'O-1', 'M-1'],
        [2, 'O-1', 'M-2'],
        [3, 'O-2', 'M-3'],
      ];
      expect(await claimsOf(...batch)).toEqual(['FIRST', 'FIRST', 'FIRST']);
      await accepted('O-1', 'M-1');
      expect(await claimsOf(...batch)).toEqual(['FIRST', 'DUPLICATE', 'FIRST']);
      expect(await claimsOf(...batch.toReversed())).toEqual(['FIRST', 'DUPLICATE', 'FIRST']);
      expect(await claimsOf([4, 'O-1', 'M-4'], [1, 'O-1', 'M-1'])).toEqual(['DUPLICATE', 'FIRST']);
    });

    test('a publication that is rejected leaves its order to the next one', async () => {
      expect(await claimsOf([1, 'O-1', 'M-1'])).toEqual(['FIRST']);
      await metastore.recordStatuses([line('O-1', 'M-1', 'REJECTED')]);
      expect(await claimsOf([2, 'O-1', 'M-2'])).toEqual(['FIRST']);
      expect(await accepted('O-1', 'M-2')).toMatchObject([{ status: 'VALIDATED' }]);
      expect(await claimsOf([3, 'O-1', 'M-3'], [1, 'O-1', 'M-1'])).toEqual(['DUPLICATE', 'DUPLICATE']);
    });

    test('of two publications that look acceptable one is accepted, also in one batch and whoever asks again', async () => {
      const both = [line('O-1', 'M-1', 'VALIDATED'), line('O-1', 'M-2', 'VALIDATED')];
      const answers = [
        { status: 'VALIDATED', detail: '' },
        { status: 'REJECTED', detail: 'DUPLICATE_ORDER' },
      ];
      expect(await metastore.recordStatuses(both)).toEqual(answers);
      expect(await metastore.recordStatuses(both.toReversed())).toEqual(answers.toReversed());
      expect(await metastore.recordStatuses([line('O-1', 'M-1', 'REJECTED')])).toEqual([answers[0]]);
    });

    test('another record of a message is a REDELIVERY, of an accepted one and of a duplicate', async () => {
      await claimsOf([1, 'O-1', 'M-1'], [2, 'O-1', 'M-2']);
      await accepted('O-1', 'M-1');
      expect(await claimsOf([3, 'O-1', 'M-1'], [4, 'O-1', 'M-2'])).toEqual(['REDELIVERY', 'REDELIVERY']);
      expect(await claimsOf([1, 'O-1', 'M-1'], [2, 'O-1', 'M-2'])).toEqual(['FIRST', 'DUPLICATE']);
    });

    test('the earlier record of a batch wins, and the same record twice is one record', async () => {
      expect(await claimsOf([9, 'O-1', 'M-1'], [2, 'O-1', 'M-1'], [9, 'O-1', 'M-1'])).toEqual([
        'FIRST',
        'REDELIVERY',
        'FIRST',
      ]);
    });

    test('a message id is REUSED with another order, and with another content of the same one', async () => {
      const other = { content: contentOf(Buffer.from('other')) };
      expect(await claimsOf([1, 'O-1', 'M-1'], [2, 'O-2', 'M-1'], [3, 'O-2', 'M-2'], [4, 'O-1', 'M-1', other])).toEqual(
        ['FIRST', 'REUSED', 'FIRST', 'REUSED'],
      );
      expect(await claimsOf([4, 'O-1', 'M-1', other], [5, 'O-1', 'M-1'])).toEqual(['REUSED', 'REDELIVERY']);
    });

    test('the same offset of another partition or topic is another record', async () => {
      expect(
        await claimsOf([1, 'O-1', 'M-1'], [1, 'O-1', 'M-1', { partition: 2 }], [1, 'O-1', 'M-1', { topic: 'other' }]),
      ).toEqual(['FIRST', 'REDELIVERY', 'REDELIVERY']);
    });
  });

  test('tells the validator what the rules ask', async () => {
    const good = {
      claim: 'FIRST',
      fraudNetwork: null,
      isDefaulter: false,
      isCancelled: false,
      leadTimeMinutes: 4320,
    };
    expect(
      await metastore.lookupForValidation([
        query(1, 'O-1', 'M-1'),
        query(2, 'O-CANCELLED', 'M-2', { customerId: 'C-DEFAULTER', ipAddress: '203.0.113.7' }),
        query(3, 'O-3', 'M-3', { toLocationId: 'LOC-A' }),
        query(4, 'O-4', 'M-4', { toLocationId: 'LOC-M' }),
        query(5, 'O-5', 'M-5', { fromLocationId: 'LOC-UNKNOWN' }),
      ]),
    ).toEqual([
      good,
      { ...good, fraudNetwork: '203.0.113.0/24', isDefaulter: true, isCancelled: true },
      { ...good, leadTimeMinutes: 240 },
      { ...good, leadTimeMinutes: null },
      { ...good, leadTimeMinutes: null },
    ]);
  });

  test.each([
    ['203.0.113.66', '203.0.113.66/32'],
    ['203.0.113.67', '203.0.113.0/24'],
    ['63.255.255.255', '0.0.0.0/2'],
    ['64.0.0.0', null],
    ['::ffff:203.0.113.66', '203.0.113.66/32'],
    ['::ffff:cb00:7143', '203.0.113.0/24'],
    ['2001:db8:bad::1', '2001:db8:bad::1/128'],
    ['2001:0DB8:0BAD:0:0:0:0:2', '2001:db8:bad::/48'],
    ['2001:db8:bad::2%eth0', '2001:db8:bad::/48'],
    ['2001:db8:bae::', null],
    // IPv4 addresses that others carry.
    ['::203.0.113.66', '203.0.113.66/32'],
    ['::cb00:7143', '203.0.113.0/24'],
    ['::ffff:0:203.0.113.67', '203.0.113.0/24'],
    ['64:ff9b::203.0.113.67', '203.0.113.0/24'],
    ['64:FF9B:1::cb00:7143', '203.0.113.0/24'],
    ['2002:cb00:7143::1', '203.0.113.0/24'],
    ['2002:cb00:7142:ffff::', '203.0.113.66/32'],
    ['2001:0:4136:e378:8000:63bf:34ff:8ebc', '203.0.113.0/24'],
    ['fe80::5efe:203.0.113.67', '203.0.113.0/24'],
    ['2001:db8:1::200:5efe:cb00:7143', '203.0.113.0/24'],
    // The network that holds the address itself comes first.
    ['2001:db8:bad:0:0:5efe:203.0.113.66', '2001:db8:bad::/48'],
    ['64:ff9b::64.0.0.0', null],
    ['64:ff9c::203.0.113.67', null],
    ['2003:cb00:7143::1', null],
    ['::', null],
    ['::1', null],
    ['no address', null],
    ['', null],
  ])('finds the most specific fraud network of %s', async (ipAddress, fraudNetwork) => {
    const [facts] = await metastore.lookupForValidation([query(1, 'O-1', 'M-1', { ipAddress })]);
    expect(facts!.fraudNetwork).toBe(fraudNetwork);
  });

  test('tells the enricher names and regions, null where they are unknown', async () => {
    const amsterdam = { locationId: 'LOC-A', name: 'Amsterdam', region: 'EU' };
    expect(
      await metastore.lookupForEnrichment([
        { fromLocationId: 'LOC-A', toLocationId: 'LOC-B', ipAddress: '10.1.2.3' },
        { fromLocationId: 'LOC-X', toLocationId: 'LOC-A', ipAddress: '10.2.2.3' },
        { fromLocationId: 'LOC-A', toLocationId: 'LOC-X', ipAddress: '2001:db8:1::' },
        { fromLocationId: '', toLocationId: '', ipAddress: '11.0.0.0' },
        { fromLocationId: '', toLocationId: '', ipAddress: '64:ff9b::10.1.2.3' },
        { fromLocationId: '', toLocationId: '', ipAddress: '2002:a02:203::' },
        { fromLocationId: '', toLocationId: '', ipAddress: '2001:db8:1::5efe:10.1.2.3' },
      ]),
    ).toEqual([
      {
        fromLocation: amsterdam,
        toLocation: { locationId: 'LOC-B', name: 'Boston', region: 'US' },
        ipRegion: 'US',
      },
      { fromLocation: null, toLocation: amsterdam, ipRegion: 'EU' },
      { fromLocation: amsterdam, toLocation: null, ipRegion: 'SPACE' },
      { fromLocation: null, toLocation: null, ipRegion: null },
      { fromLocation: null, toLocation: null, ipRegion: 'US' },
      { fromLocation: null, toLocation: null, ipRegion: 'EU' },
      { fromLocation: null, toLocation: null, ipRegion: 'SPACE' },
    ]);
  });

  test("tells the router the rule of the destination, else the order type's own, else null", async () => {
    expect(
      await metastore.lookupRoutes([
        { orderType: 'STANDARD', destination: 'EU' },
        { orderType: 'STANDARD', destination: 'US' },
        { orderType: 'EXPRESS', destination: 'US' },
        { orderType: 'EXPRESS', destination: 'EU' },
        { orderType: 'WHOLESALE', destination: 'EU' },
      ]),
    ).toEqual([
      { route: 'INTERNAL', partnerId: null },
      { route: 'EXTERNAL', partnerId: 'PARTNER-1' },
      { route: 'EXTERNAL', partnerId: 'PARTNER-2' },
      null,
      null,
    ]);
  });

  test('counts one record of each order in the aggregates, also when it is read again', async () => {
    const batch = [claim(1, 'O-1'), claim(2, 'O-1'), claim(3, 'O-2')];
    expect(await metastore.claimForAggregation(batch)).toEqual(['COUNTS', 'REPEAT', 'COUNTS']);
    expect(await metastore.claimForAggregation(batch.toReversed())).toEqual(['COUNTS', 'REPEAT', 'COUNTS']);
  });

  test('says of records what was answered for the aggregates, and claims nothing', async () => {
    const [first, again, release] = [claim(1, 'O-1'), claim(2, 'O-1'), claim(7, 'O-1', releaseOf(1, 1))];
    const late = { ...claim(3, 'O-2'), isTooLate: true };
    const all = [first, again, release, late, claim(4, 'O-3')];
    expect(await metastore.answersForAggregation(all)).toEqual(all.map(() => 'UNCLAIMED'));
    await metastore.claimForAggregation([first, late]);
    // Whether an order is late now has no say.
    const asked = all.map((each) => ({ ...each, isTooLate: !each.isTooLate }));
    const answers = ['COUNTS', 'REPEAT', 'REPEAT', 'TOO_LATE', 'UNCLAIMED'];
    expect(await metastore.answersForAggregation(asked)).toEqual(answers);
    await metastore.claimForAggregation([release]);
    expect(await metastore.answersForAggregation(all)).toEqual(['REPEAT', 'REPEAT', 'COUNTS', ...answers.slice(3)]);
    // On a topic that the metastore has never heard of.
    const elsewhere = { ...first, topic: 'elsewhere' };
    expect(await metastore.answersForAggregation([elsewhere])).toEqual(['REPEAT']);
  });

  describe('claims deliveries', () => {
    test('OPEN for the first record until something final is recorded, REPEAT for others', async () => {
      const batch = [claim(1, 'O-1'), claim(2, 'O-1'), claim(3, 'O-2')];
      expect(await metastore.claimDeliveries(batch)).toEqual(['OPEN', 'REPEAT', 'OPEN']);
      expect(await metastore.claimDeliveries(batch)).toEqual(['OPEN', 'REPEAT', 'OPEN']);
    });

    test.each([
      ['DONE', 'DELIVERED'],
      ['FAILED', 'DELIVERY_FAILED'],
      ['FAILED', 'DEAD_LETTERED'],
    ] as const)('%s after %s', async (end, status) => {
      await route(metastore, 'O-1', 'M-1');
      await metastore.claimDeliveries([claim(1, 'O-1'), claim(2, 'O-2')]);
      await metastore.recordStatuses([line('O-1', 'M-1', status)]);
      expect(await metastore.claimDeliveries([claim(1, 'O-1'), claim(2, 'O-2'), claim(3, 'O-1')])).toEqual([
        end,
        'OPEN',
        'REPEAT',
      ]);
    });

    test('DONE while the delivery is parked, and OPEN when it was taken out without an outcome', async () => {
      await metastore.claimDeliveries([claim(1, 'O-1')]);
      await metastore.parkDeliveries([parked('O-1', 0)]);
      expect(await metastore.claimDeliveries([claim(1, 'O-1')])).toEqual(['DONE']);
      await metastore.removeParkedDeliveries([name('O-1')]);
      expect(await metastore.claimDeliveries([claim(1, 'O-1')])).toEqual(['OPEN']);
    });

    test('OPEN after the dead letter of another stage, whose record has the same ids', async () => {
      await route(metastore, 'O-1', 'M-1');
      await metastore.claimDeliveries([claim(1, 'O-1')]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'DEAD_LETTERED', { recordedBy: 'validator' })]);
      expect(await metastore.claimDeliveries([claim(1, 'O-1')])).toEqual(['OPEN']);
    });

    test("a duplicate's end does not end the delivery of the order", async () => {
      await route(metastore, 'O-1', 'M-1');
      await metastore.claimDeliveries([claim(1, 'O-1')]);
      await metastore.recordStatuses([line('O-1', 'M-2', 'DEAD_LETTERED'), line('O-1', 'M-3', 'REJECTED')]);
      expect(await metastore.claimDeliveries([claim(1, 'O-1')])).toEqual(['OPEN']);
    });
  });

  describe('records statuses', () => {
    test('once, however often they are sent', async () => {
      for (let time = 0; time < 3; time++) {
        await metastore.recordStatuses([line('O-1', 'M-1', 'VALIDATED'), line('O-1', 'M-1', 'VALIDATED')]);
        await metastore.recordStatuses([line('O-1', 'M-1', 'ENRICHED'), line('O-1', 'M-1', 'CREATED')]);
      }
      expect(await historyOf()).toEqual(['O-1 M-1 CREATED', 'O-1 M-1 ENRICHED', 'O-1 M-1 VALIDATED']);
    });

    test('that the transitions allow, and leaves the others out', async () => {
      await metastore.recordStatuses([
        line('O-1', 'M-1', 'ENRICHED'),
        line('O-1', 'M-1', 'ROUTED'),
        line('O-1', 'M-1', 'REJECTED'),
        line('O-1', 'M-1', 'VALIDATED'),
        line('O-1', 'M-1', 'DEAD_LETTERED'),
        line('O-2', 'M-2', 'VALIDATED'),
        line('O-2', 'M-2', 'REJECTED'),
        line('O-2', 'M-2', 'DELIVERED'),
        line('O-2', 'M-3', 'ENRICHED'),
      ]);
      expect(await historyOf()).toEqual(['O-1 M-1 REJECTED', 'O-2 M-2 VALIDATED']);
    });

    test('whose predecessor comes earlier in the same batch', async () => {
      await metastore.recordStatuses([
        line('O-1', 'M-1', 'VALIDATED'),
        line('O-1', 'M-1', 'ENRICHED'),
        line('O-1', 'M-1', 'ROUTED'),
        line('O-1', 'M-1', 'DELIVERY_PENDING'),
        line('O-1', 'M-1', 'DELIVERED'),
        line('O-1', 'M-1', 'DELIVERY_FAILED'),
        line('O-2', 'M-2', 'ENRICHED'),
        line('O-2', 'M-2', 'VALIDATED'),
      ]);
      expect(await historyOf()).toEqual([
        'O-1 M-1 DELIVERED',
        'O-1 M-1 DELIVERY_PENDING',
        'O-1 M-1 ENRICHED',
        'O-1 M-1 ROUTED',
        'O-1 M-1 VALIDATED',
        'O-2 M-2 VALIDATED',
      ]);
    });

    test('with any text', async () => {
      await route(metastore, 'O-1', 'M-1');
      const detail = 'quote " backslash \\ NUL \0 braces {}';
      const facts = JSON.stringify([detail, '\u2028', 'Ö']);
      expect(await metastore.recordStatuses([line('O-1', 'M-1', 'DELIVERY_FAILED', { detail, facts })])).toEqual([
        { status: 'DELIVERY_FAILED', detail: detail.replace('\0', '\ufffd'), facts },
      ]);
    });

    test('of which a stage has one decision for each attempt: the first, whatever it is asked later', async () => {
      const first = line('O-1', 'M-1', 'ENRICHED', { detail: 'a', facts: '["a"]' });
      const [answer] = await metastore
        .recordStatuses([line('O-1', 'M-1', 'VALIDATED'), first])
        .then((all) => all.slice(1));
      expect(answer).toEqual({ status: 'ENRICHED', detail: 'a', facts: '["a"]' });
      const later = [
        line('O-1', 'M-1', 'ENRICHED', { detail: 'b', facts: '["b"]' }),
        line('O-1', 'M-1', 'DEAD_LETTERED', { recordedBy: 'enricher' }),
        line('O-1', 'M-1', 'DEAD_LETTERED', { recordedBy: 'enricher', attempt: 2, detail: 'c' }),
        line('O-1', 'M-1', 'ENRICHED', { attempt: 2 }),
      ];
      const released = { status: 'DEAD_LETTERED', detail: 'c' };
      expect(await metastore.recordStatuses(later)).toEqual([answer, answer, released, released]);
      expect(await metastore.recordStatuses(later.toReversed())).toEqual([released, released, answer, answer]);
      expect(await historyOf()).toEqual(['O-1 M-1 DEAD_LETTERED', 'O-1 M-1 ENRICHED', 'O-1 M-1 VALIDATED']);
    });

    test('about records that are none of the publication, beside its own', async () => {
      const about = (position: string) =>
        line('O-1', 'M-1', 'DEAD_LETTERED', { recordedBy: 'validator', about: position, detail: position });
      await metastore.recordStatuses([about('1@1'), line('O-1', 'M-1', 'REJECTED'), about('1@2'), about('1@1')]);
      expect(await metastore.recordStatuses([line('O-1', 'M-1', 'VALIDATED'), about('1@2')])).toMatchObject([
        { status: 'REJECTED' },
        { detail: '1@2' },
      ]);
      expect(await historyOf()).toEqual(['O-1 M-1 DEAD_LETTERED', 'O-1 M-1 DEAD_LETTERED', 'O-1 M-1 REJECTED']);
    });

    test('and says which records one is about', async () => {
      const about = (position: string) => ({ orderId: 'O-1', messageId: 'M-1', createdAt, about: position });
      await metastore.recordStatuses([
        line('O-1', 'M-1', 'REJECTED'),
        line('O-1', 'M-1', 'DEAD_LETTERED', { recordedBy: 'validator', about: '1@1', detail: '' }),
      ]);
      const records = [about('1@1'), about('1@2'), { ...about('1@1'), messageId: 'M-2' }];
      expect(await metastore.wereSetAside(records)).toEqual([true, false, false]);
      expect(await metastore.wereSetAside([])).toEqual([]);
    });
  });

  describe('knows releases', () => {
    const released = (offset: number, of: number, number: number): Parameters<typeof query> => [
      offset,
      'O-1',
      'M-1',
      { released: releaseOf(of, number) },
    ];

    test('which take over the claim of the record that was set aside: once each, whatever is sent or read again', async () => {
      expect(await claimsOf([1, 'O-1', 'M-1'])).toEqual(['FIRST']);
      expect(await claimsOf(released(7, 1, 1))).toEqual(['FIRST']);
      expect(await claimsOf(released(8, 1, 1), [1, 'O-1', 'M-1'], released(7, 1, 1))).toEqual([
        'REDELIVERY',
        'REDELIVERY',
        'FIRST',
      ]);
      expect(await claimsOf(released(9, 1, 2), released(7, 1, 1))).toEqual(['FIRST', 'REDELIVERY']);
    });

    test('also in the batch of the record itself, and where nothing was claimed before', async () => {
      expect(await claimsOf([1, 'O-1', 'M-1'], released(7, 1, 1), released(8, 1, 1))).toEqual([
        'REDELIVERY',
        'FIRST',
        'REDELIVERY',
      ]);
    });

    test("which take over their own record's claim beside a newer release of another with the same ids", async () => {
      await claimsOf([1, 'O-1', 'M-1']);
      expect(await claimsOf(released(7, 1, 1), released(8, 2, 2))).toEqual(['FIRST', 'REDELIVERY']);
      expect(await claimsOf(released(9, 3, 4), released(10, 1, 2))).toEqual(['REDELIVERY', 'FIRST']);
      const answersTo = (...claims: AggregationClaim[]) => metastore.claimForAggregation(claims);
      await answersTo(claim(1, 'O-1'));
      const releases = [claim(7, 'O-1', releaseOf(2, 2)), claim(8, 'O-1', releaseOf(1, 1))];
      expect(await answersTo(...releases)).toEqual(['REPEAT', 'COUNTS']);
    });

    test('which take no claim from a record that they are no release of', async () => {
      expect(await claimsOf([1, 'O-1', 'M-1'])).toEqual(['FIRST']);
      expect(await claimsOf(released(7, 2, 1))).toEqual(['REDELIVERY']);
      expect(await claimsOf([1, 'O-1', 'M-1'])).toEqual(['FIRST']);
    });

    test('of which the aggregates count the newest, once', async () => {
      const [first, again] = [claim(7, 'O-1', releaseOf(1, 1)), claim(8, 'O-1', releaseOf(1, 1))];
      const answersTo = (...claims: AggregationClaim[]) => metastore.claimForAggregation(claims);
      expect(await answersTo(claim(1, 'O-1'))).toEqual(['COUNTS']);
      expect(await answersTo(first, again, claim(1, 'O-1'))).toEqual(['COUNTS', 'REPEAT', 'REPEAT']);
      expect(await answersTo(claim(9, 'O-1', releaseOf(2, 1)), first)).toEqual(['REPEAT', 'COUNTS']);
    });

    test('each of which may deliver once, after the attempt before has failed', async () => {
      await route(metastore, 'O-1', 'M-1');
      const [first, copy] = [claim(7, 'O-1', releaseOf(1, 1)), claim(8, 'O-1', releaseOf(1, 1))];
      await metastore.claimDeliveries([claim(1, 'O-1')]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'DELIVERY_FAILED')]);
      expect(await metastore.claimDeliveries([first, copy, claim(1, 'O-1')])).toEqual(['OPEN', 'REPEAT', 'FAILED']);
      await metastore.recordStatuses([
        line('O-1', 'M-1', 'RELEASED', { attempt: 2 }),
        line('O-1', 'M-1', 'DELIVERY_FAILED', { attempt: 2 }),
      ]);
      expect(await metastore.claimDeliveries([first, copy])).toEqual(['FAILED', 'REPEAT']);
      const second = claim(9, 'O-1', releaseOf(1, 2));
      expect(await metastore.claimDeliveries([second])).toEqual(['OPEN']);
      await metastore.recordStatuses([line('O-1', 'M-1', 'DELIVERED', { attempt: 3 })]);
      expect(await metastore.claimDeliveries([claim(1, 'O-1'), first, second])).toEqual(['FAILED', 'FAILED', 'DONE']);
    });

    test('which deliver nothing that is delivered, or is still to be, by another attempt', async () => {
      await route(metastore, 'O-1', 'M-1');
      await metastore.claimDeliveries([claim(1, 'O-1'), claim(2, 'O-2')]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'DELIVERED')]);
      await metastore.parkDeliveries([parked('O-2', 0)]);
      expect(
        await metastore.claimDeliveries([claim(7, 'O-1', releaseOf(3, 1)), claim(8, 'O-2', releaseOf(4, 1))]),
      ).toEqual(['REPEAT', 'REPEAT']);
    });

    test('after which the attempt that was set aside before it asked delivers nothing', async () => {
      await route(metastore, 'O-1', 'M-1');
      await metastore.recordStatuses([line('O-1', 'M-1', 'DEAD_LETTERED')]);
      const again = claim(7, 'O-1', releaseOf(1, 1));
      expect(await metastore.claimDeliveries([again])).toEqual(['OPEN']);
      expect(await metastore.claimDeliveries([claim(1, 'O-1'), again])).toEqual(['FAILED', 'OPEN']);
      const delivered = [
        line('O-1', 'M-1', 'RELEASED', { attempt: 2 }),
        line('O-1', 'M-1', 'DELIVERED', { attempt: 2 }),
      ];
      await metastore.recordStatuses(delivered);
      expect(await metastore.claimDeliveries([claim(1, 'O-1'), again])).toEqual(['FAILED', 'DONE']);
    });

    test('which can be parked beside the attempt that failed, and that one is not to be tried again', async () => {
      await route(metastore, 'O-1', 'M-1');
      await metastore.claimDeliveries([claim(1, 'O-1')]);
      await metastore.parkDeliveries([parked('O-1', 0)]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'DELIVERY_FAILED')]);
      expect(await metastore.claimDeliveries([claim(7, 'O-1', releaseOf(1, 1))])).toEqual(['OPEN']);
      await metastore.parkDeliveries([parked('O-1', 0, 2)]);
      const second = leased('O-1', 0, 2);
      expect(await metastore.leaseParkedDeliveries('P-1', 9, -1)).toEqual([
        { ...leased('O-1', 0), end: 'FAILED' },
        second,
      ]);
      await metastore.removeParkedDeliveries([name('O-1')]);
      expect(await metastore.claimDeliveries([claim(7, 'O-1', releaseOf(1, 1))])).toEqual(['DONE']);
      await metastore.recordStatuses([line('O-1', 'M-1', 'DELIVERED', { attempt: 2 })]);
      expect(await metastore.leaseParkedDeliveries('P-1', 9, -1)).toEqual([{ ...second, end: 'DONE' }]);
    });

    test('in the history: an outcome for each attempt, a line for each stage that set it aside', async () => {
      await metastore.recordStatuses([
        line('O-1', 'M-1', 'DEAD_LETTERED', { recordedBy: 'validator' }),
        line('O-1', 'M-1', 'DEAD_LETTERED', { recordedBy: 'validator' }),
      ]);
      await metastore.recordStatuses([
        line('O-1', 'M-1', 'RELEASED', { recordedBy: 'validator', attempt: 2 }),
        line('O-1', 'M-1', 'VALIDATED', { recordedBy: 'validator', attempt: 2 }),
      ]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'DEAD_LETTERED', { recordedBy: 'enricher' })]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'ENRICHED', { attempt: 2 })]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'ROUTED'), line('O-1', 'M-1', 'DELIVERY_FAILED')]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'DELIVERED')]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'DELIVERY_FAILED', { attempt: 2 })]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'DELIVERED', { attempt: 3 })]);
      await metastore.recordStatuses([line('O-1', 'M-1', 'RELEASED', { attempt: 4 })]);
      expect(await historyOf()).toEqual(
        [
          'DEAD_LETTERED',
          'DEAD_LETTERED',
          'DELIVERED',
          'DELIVERY_FAILED',
          'DELIVERY_FAILED',
          'ENRICHED',
          'RELEASED',
          'ROUTED',
          'VALIDATED',
        ].map((status) => `O-1 M-1 ${status}`),
      );
    });
  });

  describe('parks deliveries', () => {
    test('and leases the oldest first, each to one', async () => {
      const batch = [parked('O-1', 10), parked('O-2', 30), parked('O-3', 20)];
      await metastore.parkDeliveries(batch);
      expect(await metastore.leaseParkedDeliveries('P-1', 2, 60_000)).toEqual([leased('O-2', 30), leased('O-3', 20)]);
      expect(await metastore.leaseParkedDeliveries('P-1', 2, 60_000)).toEqual([leased('O-1', 10)]);
      expect(await metastore.leaseParkedDeliveries('P-1', 2, 60_000)).toEqual([]);
    });

    test('again when a lease has ended', async () => {
      await metastore.parkDeliveries([parked('O-1', 10)]);
      expect(await metastore.leaseParkedDeliveries('P-1', 1, -1)).toEqual([leased('O-1', 10)]);
      expect(await metastore.leaseParkedDeliveries('P-1', 1, -1)).toEqual([leased('O-1', 10)]);
    });

    test('that are parked already as they were, lease included', async () => {
      await metastore.parkDeliveries([parked('O-1', 10), parked('O-1', 11)]);
      expect(await metastore.leaseParkedDeliveries('P-1', 1, 60_000)).toEqual([leased('O-1', 10)]);
      await metastore.parkDeliveries([parked('O-1', 12)]);
      expect(await metastore.leaseParkedDeliveries('P-1', 1, 60_000)).toEqual([]);
    });

    test('and leases them when they are due, each partner alone, those that are due longest first', async () => {
      await metastore.parkDeliveries([parked('O-1', 10), parked('O-2', 20, 1, { waitMillis: 3_600_000 })]);
      await metastore.parkDeliveries([parked('O-3', 30), { ...parked('O-4', 40), partnerId: 'P-2' }]);
      expect(await metastore.parkedPartners()).toEqual(['P-1', 'P-2']);
      expect(await metastore.leaseParkedDeliveries('P-1', 9, -1)).toEqual([leased('O-1', 10), leased('O-3', 30)]);
      expect(await metastore.leaseParkedDeliveries('P-2', 9, -1)).toMatchObject([{ orderId: 'O-4', partnerId: 'P-2' }]);
      expect(await metastore.leaseParkedDeliveries('P-3', 9, -1)).toEqual([]);
    });

    test('and postpones them: the lease ends, and the next try is another one', async () => {
      await metastore.parkDeliveries([parked('O-1', 10), parked('O-2', 5)]);
      await metastore.leaseParkedDeliveries('P-1', 9, 60_000);
      const next = { attempt: 1, tries: 3, answer: 'HTTP 500' };
      await metastore.postponeDeliveries([
        { orderId: 'O-1', waitMillis: 0, ...next },
        { orderId: 'O-2', waitMillis: 3_600_000, ...next },
        { orderId: 'O-UNKNOWN', waitMillis: 0, ...next },
      ]);
      expect(await metastore.leaseParkedDeliveries('P-1', 9, -1)).toEqual([leased('O-1', 10, 1, 3)]);
      await metastore.parkDeliveries([parked('O-3', 99)]);
      // One that has just been tried comes after those that were not.
      await metastore.postponeDeliveries([{ orderId: 'O-1', waitMillis: 0, ...next }]);
      expect((await metastore.leaseParkedDeliveries('P-1', 9, -1)).map(({ orderId }) => orderId)).toEqual([
        'O-3',
        'O-1',
      ]);
    });

    test('and takes them out, once or twice', async () => {
      await metastore.parkDeliveries([parked('O-1', 1), parked('O-2', 2)]);
      await metastore.removeParkedDeliveries([name('O-1'), name('O-1', 2), name('O-UNKNOWN')]);
      await metastore.removeParkedDeliveries([name('O-1')]);
      expect(await metastore.leaseParkedDeliveries('P-1', 9, 60_000)).toEqual([leased('O-2', 2)]);
    });
  });

  test('takes 5,000 at a time', async () => {
    const numbers = Array.from({ length: 5_000 }, (_, index) => index);
    const facts = await metastore.lookupForValidation(numbers.map((n) => query(n, `O-${n % 4_000}`, `M-${n}`)));
    expect(new Set(facts.map((fact) => fact.claim))).toEqual(new Set(['FIRST']));
    const claims = numbers.map((n) => claim(n, `O-${n}`));
    expect(new Set(await metastore.claimDeliveries(claims))).toEqual(new Set(['OPEN']));
    expect(new Set(await metastore.claimForAggregation(claims))).toEqual(new Set(['COUNTS']));
    const answers = await metastore.recordStatuses(
      numbers.map((n) => line(`O-${n % 4_000}`, `M-${n}`, 'VALIDATED', { createdAt: createdAt - n })),
    );
    expect(answers.map((answer) => answer!.status)).toEqual(numbers.map((n) => (n < 4_000 ? 'VALIDATED' : 'REJECTED')));
    expect(await implementation.history()).toHaveLength(5_000);
    await metastore.parkDeliveries(numbers.map((n) => parked(`O-${n}`, n)));
    const taken = await metastore.leaseParkedDeliveries('P-1', 5_000, 60_000);
    expect(taken.map((delivery) => delivery.orderId)).toEqual(numbers.toReversed().map((n) => `O-${n}`));
    await metastore.postponeDeliveries(taken.map((delivery) => ({ ...delivery, tries: 1, waitMillis: 0, answer: '' })));
    expect(await metastore.leaseParkedDeliveries('P-1', 5_000, 60_000)).toHaveLength(5_000);
    await metastore.removeParkedDeliveries(taken);
    expect(new Set(await metastore.claimDeliveries(claims))).toEqual(new Set(['OPEN']));
  });
});
