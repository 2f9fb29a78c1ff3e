"""The forms in which a text may lie somewhere, and a search for many of them at once."""

import base64
import ipaddress
import json
from urllib.parse import quote


def base64_forms(data):
    """Its base64 wherever it begins within three bytes: what does not depend on its neighbours (RFC 4648, 4)."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + data)
        yield text[0 if before == 0 else 4 : (before + len(data)) // 3 * 4]


def address_forms(text):
    """An IPv6 address in its other spellings, and in its 16 bytes. The four bytes of an IPv4 address stand everywhere by chance."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return []
    return [address.compressed.encode(), address.exploded.encode()] + ([address.packed] if address.version == 6 else [])


def binary_forms(data):
    bases = list(base64_forms(data))
    urls = [base.translate(bytes.maketrans(b"+/", b"-_")) for base in bases]
    return {data, data.hex().encode(), data.hex().upper().encode(), *bases, *urls}


def text_forms(text):
    escaped = json.dumps(text)[1:-1]
    unquoted = text.translate({ord('"'): None, ord("\\"): None})
    texts = {text, unquoted, escaped, escaped.replace("/", "\\/"), json.dumps(text, ensure_ascii=False)[1:-1], quote(text, safe="")}
    found = binary_forms(text.encode()) | {each.encode() for each in texts}
    found |= {text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode("latin-1", "ignore")}
    for data in address_forms(text):
        found |= binary_forms(data)
    return found


class Needles:
    """`values` is name -> text, or {"hex": bytes}. What has fewer than six bytes would be found everywhere by chance, and is refused."""

    def __init__(self, values):
        self._forms = []
        for name, value in values.items():
            found = text_forms(value) if isinstance(value, str) else binary_forms(bytes.fromhex(value["hex"]))
            if min(map(len, found)) < 6:
                raise ValueError(f"the value {name} is too short to be looked for")
            self._forms += [(name, form) for form in found]

    def within(self, data):
        """The names of the values that these bytes have in any form."""
        return {name for name, form in self._forms if form in data}
