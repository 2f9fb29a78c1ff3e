import { expect, test } from 'vitest';
import { fromMillis, orderCodec, v1 } from '../../proto/messages.js';

test('decodes int64 fields as plain numbers, absent ones as 0', () => {
  const bytes = orderCodec.encode(
    v1.Order.create({ createdAt: fromMillis(1_700_000_000_500), lines: [{ unitPrice: 1999 }, {}] }),
  );
  const order = orderCodec.decode(bytes);
  expect(order.createdAt?.seconds).toBe(1_700_000_000);
  expect(order.lines.map((line) => line.unitPrice)).toEqual([1999, 0]);
});

test('keeps fields that it does not know when a message is encoded again', () => {
  const known = orderCodec.encode(v1.Order.create({ orderId: 'o-1' }));
  const withUnknown = Uint8Array.from([...known, 0xf8, 0x07, 0x2a]); // field 127, varint 42
  expect([...orderCodec.encode(orderCodec.decode(withUnknown))]).toEqual([...withUnknown]);
});
