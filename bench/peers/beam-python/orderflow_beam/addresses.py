"""Addresses as PostgreSQL is asked for them, and the IPv4 address that an IPv6 address may carry."""
import ipaddress

# Whether the bits are of the kind, and the IPv4 address in them; metastore/embedded-address.ts names the RFCs.
EMBEDDINGS = [
    (lambda bits: bits >> 32 == 0 and bits > 1, lambda bits: bits),
    (lambda bits: bits >> 32 == 0xFFFF_0000, lambda bits: bits),
    (lambda bits: bits >> 32 == 0x64FF9B << 64, lambda bits: bits),
    (lambda bits: bits >> 80 == 0x64FF9B0001, lambda bits: bits),
    (lambda bits: bits >> 112 == 0x2002, lambda bits: bits >> 80),
    (lambda bits: bits >> 96 == 0x20010000, lambda bits: ~bits),
    (lambda bits: (bits >> 32 & 0xFFFFFFFF) & ~0x02000000 == 0x5EFE, lambda bits: bits),
]


def stored_addresses(text):
    """The address, and the one that it carries, or None. The text is an address."""
    if ':' not in text:
        return text, None
    address = ipaddress.IPv6Address(text)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped), None
    bits = int(address)
    for is_of, embedded in EMBEDDINGS:
        if is_of(bits):
            return str(address), str(ipaddress.IPv4Address(embedded(bits) & 0xFFFFFFFF))
    return str(address), None
