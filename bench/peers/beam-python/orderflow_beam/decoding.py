"""From a record's bytes to a complete order, or to the reason why it is none."""
import re
import socket
import unicodedata
from typing import Any, NamedTuple, Optional

from google.protobuf.message import DecodeError

import orders_pb2 as v1

CONTROL = re.compile('[\x00-\x1f\x7f-\x9f]')
PLAIN = re.compile('[\x21-\x7e]+').fullmatch
CURRENCY = re.compile('[A-Z]{3}').fullmatch
SAFE_INTEGER = 2**53 - 1


class Failure(NamedTuple):
    """Why a record is set aside. The ids are empty where they could not be read."""

    reason: str
    error: str
    order_id: str
    message_id: str
    created_at: int


class Entry(NamedTuple):
    """A record, and either its message with the order in it, or its failure."""

    record: Any
    message: Any = None
    order: Any = None
    created_at: int = 0
    failure: Optional[Failure] = None

    @property
    def names(self):
        if self.failure:
            return self.failure.order_id, self.failure.message_id, self.failure.created_at
        return self.order.order_id, self.order.message_id, self.created_at


def millis_of(timestamp):
    return timestamp.seconds * 1000 + timestamp.nanos // 1_000_000


def storing_problem(text):
    if text == '':
        return 'is missing'
    if len(text) > 100 and len(text.encode('utf-16-le')) > 400:
        return 'is longer than 200 characters'
    return 'has control characters' if CONTROL.search(text) else None


def id_problem(text):
    """Why a text is no id. Of Unicode's default ignorables only those of the category C are found."""
    problem = storing_problem(text)
    if problem is not None or PLAIN(text):
        return problem
    categories = [unicodedata.category(character) for character in text]
    if any(category[0] == 'C' or category in ('Zl', 'Zp') for category in categories):
        return 'has characters that nobody can see, or that are none'
    if any(category == 'Zs' and character != ' ' for category, character in zip(categories, text)):
        return 'has a blank that is not U+0020'
    if text != text.strip():
        return 'has blanks at its beginning or end'
    if '  ' in text:
        return 'has several blanks in a row'
    if categories[0][0] == 'M':
        return 'begins with a combining character'
    return None if text == unicodedata.normalize('NFC', text) else "is not in Unicode's normal form C"


def is_address(text):
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
            return True
        except (OSError, ValueError):
            pass
    return False


def time_problem(name, order):
    if not order.HasField(name):
        return f'{name} is missing'
    time = getattr(order, name)
    if -62_135_596_800 <= time.seconds <= 253_402_300_799 and 0 <= time.nanos < 1_000_000_000:
        return None
    return f'{name} is no valid time'


def enum_problem(name, enum, number):
    if number == 0:
        return f'{name} is missing'
    return None if number in enum.values() else f'{name} {number} is unknown'


class Decoder:
    """Decodes the values of one topic; `order_of` finds the order in a message, `beside` what else is missing in it."""

    def __init__(self, message_type, order_of, beside, limits):
        self._message_type = message_type
        self._order_of = order_of
        self._beside = beside
        self._limits = limits

    def decode(self, record):
        """The record's entry. Gives the same answer whenever it is read again: its own time counts, and no clock."""
        value = record.value
        if not value:
            return self._failed(record, None, 'EMPTY_VALUE', 'the record has no value')
        if record.topic == 'raw_order' and len(value) > self._limits['orderBytes']:
            error = f"{len(value)} bytes are more than {self._limits['orderBytes']}"
            return self._failed(record, None, 'TOO_LARGE', error)
        try:
            message = self._message_type.FromString(value)
        except DecodeError:
            return self._failed(record, None, 'UNDECODABLE', 'no protobuf message')
        order = self._order_of(message)
        if order is None:
            return self._failed(record, None, 'INVALID_ORDER', 'order is missing')
        created_at = millis_of(order.created_at)
        problems = [*self._problems_of(order, record, created_at), *self._beside(message)]
        if not problems:
            return Entry(record, message, order, created_at)
        most = self._limits['problems']
        more = f'; and {len(problems) - most} more' if len(problems) > most else ''
        return self._failed(record, order, 'INVALID_ORDER', '; '.join(problems[:most]) + more)

    def _is_plausible(self, millis, taken_at):
        return self._limits['earliest'] <= millis <= taken_at + self._limits['ahead']

    def _failed(self, record, order, reason, error):
        problem_of = id_problem if record.topic == 'raw_order' else storing_problem
        ids = (order.order_id, order.message_id) if order is not None else ('', '')
        order_id, message_id = (text if problem_of(text) is None else '' for text in ids)
        times = [record.timestamp]
        if order is not None and order.HasField('created_at'):
            times = [millis_of(order.created_at), record.timestamp]
        plausible = [time for time in times if self._is_plausible(time, record.timestamp)]
        created_at = plausible[0] if plausible else self._limits['earliest']
        return Entry(record, failure=Failure(reason, error, order_id, message_id, created_at))

    def _problems_of(self, order, record, created_at):
        lines = order.lines
        texts = [
            ('message_id', order.message_id),
            ('order_id', order.order_id),
            ('customer_id', order.customer_id),
            ('from_location_id', order.from_location_id),
            ('to_location_id', order.to_location_id),
            *((f'lines[{at}].sku', line.sku) for at, line in enumerate(lines)),
        ]
        problem_of = id_problem if record.topic == 'raw_order' else storing_problem
        # Nearly all ids are of these characters alone.
        problems = [
            f'{name} {problem}'
            for name, text in texts
            if not (PLAIN(text) and len(text) <= self._limits['idLength']) and (problem := problem_of(text)) is not None
        ]
        found = [
            enum_problem('order_type', v1.OrderType, order.order_type),
            None if is_address(order.ip_address) else 'ip_address is no IP address',
            time_problem('created_at', order) or self._created_at_problem(created_at, record.timestamp),
            time_problem('promised_by', order),
            None if CURRENCY(order.currency) else 'currency is not three upper-case letters',
            enum_problem('payment_method', v1.PaymentMethod, order.payment_method),
            'sealed orders are not taken' if order.customer_key_id else None,
            self._lines_problem(lines),
        ]
        return problems + [problem for problem in found if problem is not None]

    def _created_at_problem(self, millis, taken_at):
        if millis < self._limits['earliest']:
            return 'created_at is before the year 2000'
        return None if self._is_plausible(millis, taken_at) else 'created_at is more than a day in the future'

    def _lines_problem(self, lines):
        if not lines:
            return 'lines is empty'
        if len(lines) > self._limits['lines']:
            return f"lines has more than {self._limits['lines']} entries"
        for at, line in enumerate(lines):
            if line.quantity == 0:
                return f'lines[{at}].quantity is 0'
            if not 0 <= line.unit_price <= SAFE_INTEGER:
                return f'lines[{at}].unit_price is ' + ('negative' if line.unit_price < 0 else 'too large')
        if items_of(lines) > self._limits['items']:
            return 'the quantities add up to too much'
        return 'the amounts add up to too much' if amount_of(lines) > self._limits['amount'] else None


def items_of(lines):
    return sum([line.quantity for line in lines])


def amount_of(lines):
    """In minor units of the order's currency."""
    return sum([line.quantity * line.unit_price for line in lines])


def _locations_missing(enriched):
    return [f'{name} is missing' for name in ('from_location', 'to_location') if not enriched.HasField(name)]


def order_decoder(limits):
    """Of raw_order and valid_order."""
    return Decoder(v1.Order, lambda order: order, lambda order: [], limits)


def enriched_decoder(limits):
    """Of enriched_order."""

    def order_of(enriched):
        return enriched.order if enriched.HasField('order') else None

    return Decoder(v1.EnrichedOrder, order_of, _locations_missing, limits)


def routed_decoder(limits):
    """Of external_order."""

    def order_of(routed):
        return routed.enriched_order.order if routed.enriched_order.HasField('order') else None

    return Decoder(v1.RoutedOrder, order_of, lambda routed: _locations_missing(routed.enriched_order), limits)
