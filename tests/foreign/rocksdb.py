"""RocksDB's table files, unpacked, wherever in some bytes they lie: Flink keeps its state in them, and puts small ones into a
checkpoint's metadata. Formats: https://github.com/facebook/rocksdb/wiki/Rocksdb-BlockBasedTable-Format and
https://github.com/google/snappy/blob/main/format_description.txt
"""

from wire import read_varint

MAGIC = 0x88E241B785F4CFF7.to_bytes(8, "little")
FOOTER, TRAILER = 53, 5
NONE, SNAPPY = 0, 1


def snappy(data):
    """What Snappy packed into a block."""
    length, at = read_varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            size = tag >> 2
            if size >= 60:
                more = size - 59
                size = int.from_bytes(data[at : at + more], "little")
                at += more
            out += data[at : at + size + 1]
            at += size + 1
            continue
        if tag & 3 == 1:
            size, offset, width = (tag >> 2 & 7) + 4, tag >> 5 << 8 | data[at], 1
        else:
            width = 2 if tag & 3 == 2 else 4
            size, offset = (tag >> 2) + 1, int.from_bytes(data[at : at + width], "little")
        at += width
        for _ in range(size):
            out.append(out[-offset])
    if len(out) != length:
        raise ValueError("no block of Snappy's")
    return bytes(out)


def block(table, offset, size):
    kind = table[offset + size]
    data = table[offset : offset + size]
    if kind == NONE:
        return data
    if kind == SNAPPY:
        return snappy(data)
    raise ValueError(f"a block of RocksDB's is compressed by method {kind}, which is not known here")


def entries(data):
    """The keys and values of a block whose keys share what they begin with."""
    restarts = int.from_bytes(data[-4:], "little")
    end, at, key = len(data) - 4 - 4 * restarts, 0, b""
    while at < end:
        shared, at = read_varint(data, at)
        own, at = read_varint(data, at)
        size, at = read_varint(data, at)
        key = key[:shared] + data[at : at + own]
        at += own
        yield key, data[at : at + size]
        at += size


def handles(index):
    """Where the data blocks lie: the keys of an index have no sizes of values, and each entry is a restart."""
    restarts = int.from_bytes(index[-4:], "little")
    for number in range(restarts):
        place = len(index) - 4 - 4 * (restarts - number)
        at = int.from_bytes(index[place : place + 4], "little")
        _shared, at = read_varint(index, at)
        own, at = read_varint(index, at)
        offset, at = read_varint(index, at + own)
        size, at = read_varint(index, at)
        yield offset, size


def table_before(data, footer):
    """The keys and values of the table whose footer stands there, a pair a line, as bytes."""
    meta_offset, at = read_varint(data, footer + 1)
    meta_size, at = read_varint(data, at)
    index_offset, at = read_varint(data, at)
    index_size, at = read_varint(data, at)
    # The block of other blocks' places is the last one before the footer.
    table = data[footer - (meta_offset + meta_size + TRAILER) : footer]
    return b"\n".join(
        part
        for offset, size in handles(block(table, index_offset, index_size))
        for pair in entries(block(table, offset, size))
        for part in pair
    )


def tables(data):
    """The content of each table in these bytes. Raises ValueError where one cannot be read."""
    at = data.find(MAGIC)
    while at != -1:
        yield table_before(data, at + len(MAGIC) - FOOTER)
        at = data.find(MAGIC, at + 1)
