/** The first and the last of many order ids. Pure. */
import type { RowIds } from '../metastore/account-rows.js';

/** Compares as PostgreSQL does: byte by byte. The ids of a run lie side by side, among millions of other orders. */
export function createIdRange() {
  let [first, last] = [Buffer.alloc(0), Buffer.alloc(0)];
  return {
    add({ bytes, orderStart, orderEnd }: Pick<RowIds, 'bytes' | 'orderStart' | 'orderEnd'>): void {
      const id = Buffer.from(bytes.buffer, bytes.byteOffset + orderStart, orderEnd - orderStart);
      if (first.length === 0 || id.compare(first) < 0) first = Buffer.from(id);
      if (id.compare(last) > 0) last = Buffer.from(id);
    },
    /** Both empty where there was none. */
    ends: () => ({ first: first.toString(), last: last.toString() }),
  };
}
