"""Opens sealed orders as docs/personal-data.md describes them, by whatever keys a metastore and a KMS of the kind `file` still have."""

import base64
import json
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from wire import read_varint

MESSAGE_ID, ORDER_ID, KEY_ID = 1, 2, 13
SEALED = {14: "sealed_customer_id", 15: "sealed_ip_address", 16: "sealed_payment_method"}


def parse(data):
    """The length-delimited fields of a message, number -> contents; None where the bytes are no message."""
    found, at = {}, 0
    try:
        while at < len(data):
            tag, at = read_varint(data, at)
            number, wire_type = divmod(tag, 8)
            if number == 0 or wire_type not in (0, 1, 2, 5):
                return None
            if wire_type == 0:
                _value, at = read_varint(data, at)
            else:
                length, at = read_varint(data, at) if wire_type == 2 else ({1: 8, 5: 4}[wire_type], at)
                if at + length > len(data):
                    return None
                if wire_type == 2:
                    found.setdefault(number, []).append(data[at : at + length])
                at += length
    except IndexError:
        return None
    return found


def sealed_orders(data):
    """The sealed orders in a message of any kind, however deep."""
    message = parse(data)
    if message is None:
        return
    if re.fullmatch(rb"[\w-]{22}", message.get(KEY_ID, [b""])[0]):
        yield message
    for contents in message.values():
        for content in contents:
            if len(content) > 60:
                yield from sealed_orders(content)


def decrypt(key, data, associated):
    try:
        return AESGCM(key).decrypt(data[:12], data[12:], associated)
    except (InvalidTag, ValueError):
        return None


class Opener:
    """Opens with the keys that it was given; how many fields it opened, and how many it could not."""

    def __init__(self):
        self._keys, self.opened, self.closed = {}, 0, 0

    @property
    def keys(self):
        return len(self._keys)

    def take(self, wrapped, kms_file):
        """Takes a table of keys: key id, wrapped form (None where it was erased), id of the KMS's key."""
        with open(kms_file, encoding="utf-8") as file:
            kms = {each["id"]: base64.b64decode(each["key"]) for each in json.load(file)["keys"]}
        for key_id, data, kms_key in wrapped:
            key = data and decrypt(kms[kms_key], bytes(data), key_id.encode())
            if key:
                self._keys[key_id.encode()] = HKDF(SHA256(), 32, b"", b"orderflow seal").derive(key)

    def plain_in(self, data):
        """All that can be opened of the sealed orders in these bytes, with a line for each field."""
        texts = []
        for order in sealed_orders(data):
            key = self._keys.get(order[KEY_ID][0])
            for number, name in SEALED.items():
                context = b"\0".join([name.encode(), order[ORDER_ID][0], order[MESSAGE_ID][0]])
                text = key and decrypt(key, order.get(number, [b""])[0], context)
                self.opened += 1 if text else 0
                self.closed += 0 if text else 1
                texts.append(text or b"")
        return b"\n".join(texts)
