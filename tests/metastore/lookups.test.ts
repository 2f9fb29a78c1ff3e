import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../metastore/addresses.js';
import { embeddedIn } from '../../metastore/embedded-address.js';
import { storedAddress, storedEmbedded } from '../../metastore/lookups.js';

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc.ipV4().map((text) => `::ffff:${text}`),
  fc.string(),
);

test('asks for an address in its one form, and for the one that it carries', () => {
  fc.assert(
    fc.property(address, (text) => {
      const parsed = parseAddress(text);
      const embedded = parsed && embeddedIn(parsed);
      expect(storedAddress(text)).toBe(parsed && formatAddress(parsed));
      expect(storedEmbedded(text)).toBe(embedded && formatAddress(embedded));
    }),
  );
});
