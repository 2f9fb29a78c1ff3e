"""Bytes that protobuf's wire format allows, or nearly, and that no encoder writes: https://protobuf.dev/programming-guides/encoding/"""

VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = 0, 1, 2, 3, 4, 5


def varint(value, length=0):
    """A number; padded to `length` bytes by zeros that change nothing."""
    out = bytearray()
    while value > 127 or len(out) + 1 < length:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, wire_type, content=b""):
    return varint(number << 3 | wire_type) + content


def number(field_number, value, length=0):
    return field(field_number, VARINT, varint(value, length))


def text(field_number, content):
    content = content if isinstance(content, bytes) else content.encode()
    return field(field_number, BYTES, varint(len(content)) + content)


def group(field_number, content):
    return field(field_number, GROUP) + content + field(field_number, END_GROUP)


def read_varint(data, at):
    """The number that begins there, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """The fields of a message as an encoder wrote it, each with its tag."""
    at, found = 0, []
    while at < len(data):
        start = at
        tag, at = read_varint(data, at)
        number, at = read_varint(data, at)
        if tag & 7 == BYTES:
            at += number
        found.append(data[start:at])
    return found
