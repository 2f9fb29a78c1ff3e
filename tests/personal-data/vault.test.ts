import { describe, expect, test } from 'vitest';
import { createInMemoryKms } from '../../kms/in-memory-kms.js';
import { KmsError, type Kms } from '../../kms/kms.js';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import { createKeyring, customerHash, openIndexKey, type KeyringOptions } from '../../personal-data/keyring.js';
import { personalFieldNames } from '../../personal-data/sealing.js';
import { createVault } from '../../personal-data/vault.js';
import { reference } from '../metastore/orders.js';
import { anOrder, clock } from '../transforms/fixtures.js';
import { sealedBy } from '../transforms/vaults.js';

/** A KMS and a metastore that count, and vaults on them as several workers have them. */
function anInstallation() {
  const metastore = createInMemoryMetastore(reference, clock);
  const calls: Record<string, number> = {};
  const counted = <T extends object>(of: T): T =>
    new Proxy(of, {
      get: (target, name: keyof T & string) =>
        typeof target[name] === 'function'
          ? (...args: unknown[]) => {
              calls[name] = (calls[name] ?? 0) + 1;
              return (target[name] as (...all: unknown[]) => unknown)(...args);
            }
          : target[name],
    });
  const kms = createInMemoryKms();
  const aVault = (options: Partial<KeyringOptions> = {}) =>
    createVault(createKeyring({ kms: counted(kms), metastore: counted(metastore), ...options }));
  const erase = async (customerId: string) =>
    metastore.eraseCustomer(customerHash((await openIndexKey({ kms, metastore }, 'leave'))!, customerId));
  return { aVault, erase, calls, kms, metastore };
}

const order = anOrder();
const open = { kind: 'OPEN', fields: { customerId: 'c-1', ipAddress: '192.0.2.7', paymentMethod: 1 } };

test('a plain order is open, and nobody is asked', async () => {
  const { aVault, calls } = anInstallation();
  expect(await aVault().open([order], personalFieldNames)).toEqual([open]);
  expect(calls).toEqual({});
});

test('what one worker seals, another one opens', async () => {
  const { aVault } = anInstallation();
  const sealed = await sealedBy(aVault(), order);
  expect(await aVault().open([sealed], personalFieldNames)).toEqual([open]);
});

test('only the fields that are asked for are opened', async () => {
  const { aVault } = anInstallation();
  const sealed = await sealedBy(aVault(), order);
  expect(await aVault().open([sealed], ['ipAddress'])).toEqual([
    { kind: 'OPEN', fields: { customerId: '', ipAddress: '192.0.2.7', paymentMethod: 0 } },
  ]);
});

test('two workers that meet a customer at once give one key, and the same bytes', async () => {
  const { aVault } = anInstallation();
  const [one, other] = await Promise.all([sealedBy(aVault(), order), sealedBy(aVault(), order)]);
  expect(one).toEqual(other);
});

test('a batch asks the metastore once, and the KMS once a customer, at most so many at a time', async () => {
  const { aVault, calls, kms } = anInstallation();
  const orders = Array.from({ length: 40 }, (_, n) => anOrder({ orderId: `o-${n}`, customerId: `c-${n % 10}` }));
  const writer = aVault();
  const sealed = await Promise.all(orders.map((one) => sealedBy(writer, one)));
  for (const name of Object.keys(calls)) delete calls[name];
  let [underWay, most] = [0, 0];
  const slow: Kms = {
    ...kms,
    unwrap: async (...args) => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      return kms.unwrap(...args);
    },
  };
  const vault = aVault({ kms: slow, concurrency: 3 });
  expect((await vault.open(sealed, personalFieldNames)).map(({ kind }) => kind)).toEqual(sealed.map(() => 'OPEN'));
  expect([calls, most]).toEqual([{ customerKeys: 1 }, 3]);
  await vault.open(sealed, personalFieldNames);
  expect(calls).toEqual({ customerKeys: 1 });
});

test('no more keys are kept than so many', async () => {
  const { aVault, calls } = anInstallation();
  const vault = aVault({ maxKeys: 2 });
  const sealed = await Promise.all(['a', 'b', 'c'].map((customerId) => sealedBy(aVault(), anOrder({ customerId }))));
  for (const one of sealed) await vault.open([one], ['customerId']);
  calls.customerKeys = 0;
  await vault.open([sealed[2]!], ['customerId']);
  expect(calls.customerKeys).toBe(0);
  await vault.open([sealed[0]!], ['customerId']);
  expect(calls.customerKeys).toBe(1);
});

describe('an erasure', () => {
  test('makes what was sealed unreadable, for a worker that has not seen the key', async () => {
    const { aVault, erase } = anInstallation();
    const sealed = await sealedBy(aVault(), order);
    expect(await erase('c-1')).toEqual([sealed.customerKeyId]);
    expect(await erase('c-1')).toEqual([]);
    expect(await aVault().open([sealed, order], ['ipAddress'])).toEqual([{ kind: 'ERASED' }, open]);
  });

  test('counts for one that has it, when its time is over', async () => {
    const { aVault, erase } = anInstallation();
    const vault = aVault({ maxAgeMs: 20 });
    const sealed = await sealedBy(vault, order);
    await vault.open([sealed], ['ipAddress']);
    await erase('c-1');
    await expect.poll(async () => (await vault.open([sealed], ['ipAddress']))[0]!.kind).toBe('ERASED');
  });

  test('counts when the time is over since the metastore was asked, however long the KMS took', async () => {
    const { aVault, erase, kms } = anInstallation();
    let now = 1_000;
    const slow: Kms = { ...kms, unwrap: async (...args) => ((now += 50_000), kms.unwrap(...args)) };
    const sealed = await sealedBy(aVault(), order);
    const vault = aVault({ kms: slow, clock: () => now });
    await vault.open([sealed], ['ipAddress']);
    await erase('c-1');
    now += 10_000;
    expect((await vault.open([sealed], ['ipAddress']))[0]!.kind).toBe('OPEN');
    now += 1;
    expect((await vault.open([sealed], ['ipAddress']))[0]!.kind).toBe('ERASED');
  });

  test('leaves the customer free to come again, with another key', async () => {
    const { aVault, erase } = anInstallation();
    const before = await sealedBy(aVault(), order);
    await erase('c-1');
    const vault = aVault();
    const after = await sealedBy(vault, order);
    expect(after.customerKeyId).not.toBe(before.customerKeyId);
    expect(await vault.open([before, after], personalFieldNames)).toEqual([{ kind: 'ERASED' }, open]);
  });
});

test('a key that nobody has is told from one that was erased, and asks no KMS', async () => {
  const { aVault, calls } = anInstallation();
  const sealed = await sealedBy(aVault(), order);
  for (const name of Object.keys(calls)) delete calls[name];
  const strange = ['A'.repeat(22), 'no key', '\0'].map((customerKeyId) => ({ ...sealed, customerKeyId }) as never);
  const unknown = { kind: 'UNREADABLE', why: 'customer_key_id is no key' };
  expect(await aVault().open(strange, personalFieldNames)).toEqual([unknown, unknown, unknown]);
  expect(calls).toEqual({ customerKeys: 1 });
});

test('what was changed is unreadable, and the error names the field and no value', async () => {
  const { aVault } = anInstallation();
  const sealed = await sealedBy(aVault(), order);
  sealed.sealedIpAddress[15]! ^= 1;
  expect(await aVault().open([sealed], personalFieldNames)).toEqual([
    { kind: 'UNREADABLE', why: 'sealed_ip_address cannot be opened: changed, or sealed for another order' },
  ]);
});

test('a KMS that is down fails the call, and what it unwrapped before is kept for the next', async () => {
  const { aVault, kms } = anInstallation();
  const writer = aVault();
  const sealed = await Promise.all(['a', 'b', 'c'].map((customerId) => sealedBy(writer, anOrder({ customerId }))));
  let left = 2;
  const failing: Kms = {
    ...kms,
    unwrap: async (...args) => {
      if (left-- <= 0) throw new KmsError('the KMS is down');
      return kms.unwrap(...args);
    },
  };
  const vault = aVault({ kms: failing, concurrency: 1 });
  await expect(vault.open(sealed, ['customerId'])).rejects.toThrow('the KMS is down');
  left = 1;
  expect((await vault.open(sealed, ['customerId'])).map(({ kind }) => kind)).toEqual(['OPEN', 'OPEN', 'OPEN']);
});
