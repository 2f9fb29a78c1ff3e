"""What foreign producers send to raw_order, and what has to become of it.

A case is a function that is registered by its group, and named after what it shows. It yields the records of the case in the order in which
they are sent, all to one partition. `shop` makes orders that are good where it is used: shop.py.
"""

import gzip
import json
from dataclasses import dataclass
from datetime import timedelta

import wire

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """What becomes of a record: routed, rejected, dead (set aside) or nothing; and for which reasons."""

    kind: str
    reasons: tuple = ()

    def __str__(self):
        return " ".join([self.kind, *self.reasons])


ROUTED = Outcome("routed")
NOTHING = Outcome("nothing")


def rejected(*reasons):
    """For exactly these reasons."""
    return Outcome("rejected", reasons)


def dead(*reasons):
    """For one of these reasons: what no encoder writes, decoders may understand in different ways."""
    return Outcome("dead", reasons)


@dataclass(frozen=True)
class Record:
    """A value for raw_order, as bytes, None or a message; and what becomes of it."""

    value: object
    outcome: Outcome = ROUTED
    key: object = b"foreign"
    headers: tuple = ()
    # Settings of librdkafka's producer beside the usual ones.
    producer: tuple = ()
    # How the transaction ends that the record stands in: "commit" or "abort".
    transaction: str = ""
    # Milliseconds since the epoch; 0 for now.
    timestamp: int = 0


CASES = []


def case(group):
    def register(function):
        CASES.append((f"{group}: {function.__name__.replace('_', ' ')}", function))
        return function

    return register


# Bytes.


@case("bytes")
def as_the_encoder_of_python_writes_them(shop):
    yield Record(shop.order())


@case("bytes")
def fields_in_reverse(shop):
    yield Record(b"".join(reversed(wire.fields(shop.encoded()))))


@case("bytes")
def unknown_fields_of_every_wire_type(shop):
    unknown = (
        wire.number(100, 2**63)
        + wire.text(101, b"\xff\x00")
        + wire.field(102, wire.FIXED64, bytes(8))
        + wire.field(103, wire.FIXED32, bytes(4))
        + wire.group(104, wire.number(1, 1))
    )
    yield Record(shop.encoded() + unknown)


@case("bytes")
def unknown_field_within_a_line(shop):
    order = shop.order()
    line = order.lines[0].SerializeToString() + wire.text(99, "gift wrap")
    del order.lines[:]
    yield Record(order.SerializeToString() + wire.text(11, line))


@case("bytes")
def a_field_twice_of_which_the_last_counts(shop):
    yield Record(wire.text(10, "not a currency") + shop.encoded())


@case("bytes")
def a_message_in_two_parts_that_merge(shop):
    order = shop.order()
    seconds = order.created_at.seconds
    order.ClearField("created_at")
    yield Record(wire.text(8, wire.number(2, 5)) + order.SerializeToString() + wire.text(8, wire.number(1, seconds)))


@case("bytes")
def numbers_longer_than_need_be(shop):
    order = shop.order()
    order.ClearField("order_type")
    yield Record(order.SerializeToString() + wire.number(3, 1, length=10))


@case("bytes")
def defaults_written_out(shop):
    order = shop.order()
    order.lines[0].unit_price = 0
    line = order.lines[0].SerializeToString() + wire.number(3, 0)
    del order.lines[:]
    yield Record(order.SerializeToString() + wire.text(11, line))


@case("bytes")
def a_field_of_the_wrong_wire_type(shop):
    order = shop.order()
    order.ClearField("currency")
    yield Record(order.SerializeToString() + wire.number(10, 5), dead("UNDECODABLE", "INVALID_ORDER"))


@case("bytes")
def cut_off_in_the_middle(shop):
    yield Record(shop.encoded()[:-3], dead("UNDECODABLE"))


@case("bytes")
def a_length_beyond_the_end(shop):
    yield Record(shop.encoded() + wire.field(101, wire.BYTES, wire.varint(2**31)), dead("UNDECODABLE"))


@case("bytes")
def a_number_of_eleven_bytes(shop):
    yield Record(shop.encoded() + wire.number(100, 1, length=11), dead("UNDECODABLE"))


@case("bytes")
def a_group_without_an_end(shop):
    yield Record(shop.encoded() + wire.field(100, wire.GROUP), dead("UNDECODABLE"))


@case("bytes")
def groups_within_groups_beyond_the_limit(shop):
    yield Record(shop.encoded() + wire.field(100, wire.GROUP) * 40 + wire.field(100, wire.END_GROUP) * 40, dead("TOO_LARGE"))


@case("bytes")
def fields_beyond_the_limit(shop):
    yield Record(shop.encoded() + wire.number(100, 1) * 20_001, dead("TOO_LARGE"))


@case("bytes")
def no_bytes(shop):
    yield Record(b"", dead("EMPTY_VALUE"))


@case("bytes")
def no_value(shop):
    yield Record(None, dead("EMPTY_VALUE"))


@case("bytes")
def json_instead_of_protobuf(shop):
    yield Record(json.dumps({"order_id": "O-1", "message_id": "M-1"}).encode(), dead("UNDECODABLE", "INVALID_ORDER"))


@case("bytes")
def the_frame_of_a_schema_registry(shop):
    yield Record(b"\x00\x00\x00\x00\x01\x00" + shop.encoded(), dead("UNDECODABLE", "INVALID_ORDER"))


@case("bytes")
def a_length_before_the_message(shop):
    encoded = shop.encoded()
    yield Record(wire.varint(len(encoded)) + encoded, dead("UNDECODABLE", "INVALID_ORDER", "TOO_LARGE"))


@case("bytes")
def packed_by_the_producer_itself(shop):
    yield Record(gzip.compress(shop.encoded(), mtime=0), dead("UNDECODABLE", "INVALID_ORDER", "TOO_LARGE"))


# Text.


@case("text")
def letters_of_many_languages_and_an_emoji_in_a_sku(shop):
    order = shop.order()
    order.lines[0].sku = "Größe 42 – 靴 – حذاء – 👟"
    yield Record(order)


@case("text")
def bytes_that_are_no_utf8(shop):
    yield Record(shop.encoded(without="customer_id") + wire.text(4, b"C-\xff\xfe"), dead("UNDECODABLE", "INVALID_ORDER"))


@case("text")
def a_letter_in_more_bytes_than_need_be(shop):
    yield Record(shop.encoded(without="customer_id") + wire.text(4, b"C-\xc1\x81"), dead("UNDECODABLE", "INVALID_ORDER"))


@case("text")
def half_of_a_surrogate_pair(shop):
    yield Record(shop.encoded(without="customer_id") + wire.text(4, b"C-\xed\xa0\x80"), dead("UNDECODABLE", "INVALID_ORDER"))


@case("text")
def nul_in_an_id(shop):
    yield Record(shop.order(customer_id="C-\0"), dead("INVALID_ORDER"))


@case("text")
def escape_sequence_of_a_terminal_in_an_id(shop):
    yield Record(shop.order(customer_id="C-\x1b[2J"), dead("INVALID_ORDER"))


# Ids.


@case("ids")
def sent_twice_by_a_producer_that_saw_no_answer(shop):
    encoded = shop.encoded()
    yield Record(encoded)
    yield Record(encoded, NOTHING)


@case("ids")
def an_order_under_another_message_id(shop):
    first = shop.order()
    yield Record(first)
    yield Record(shop.order(order_id=first.order_id), rejected("DUPLICATE_ORDER"))


@case("ids")
def a_message_id_with_another_order(shop):
    first = shop.order()
    yield Record(first)
    yield Record(shop.order(message_id=first.message_id), dead("MESSAGE_ID_REUSED"))


@case("ids")
def a_message_id_with_another_content(shop):
    first = shop.order()
    yield Record(first.SerializeToString())
    first.lines[0].quantity = 777
    yield Record(first, dead("MESSAGE_ID_REUSED"))


@case("ids")
def a_corrected_version_of_an_order_that_was_rejected(shop):
    first = shop.order(promised_in=timedelta(0))
    yield Record(first, rejected("FULFILMENT_DELAY"))
    yield Record(shop.order(order_id=first.order_id))


@case("ids")
def two_orders_whose_ids_differ_by_case(shop):
    name = shop.new_id("case")
    yield Record(shop.order(order_id=name + "-a"))
    yield Record(shop.order(order_id=name + "-A"))


@case("ids")
def as_long_as_may_be(shop):
    yield Record(shop.order(order_id=shop.new_id("long").ljust(200, "x")))


@case("ids")
def longer_than_may_be(shop):
    yield Record(shop.order(order_id=shop.new_id("long").ljust(201, "x")), dead("INVALID_ORDER"))


@case("ids")
def none(shop):
    yield Record(shop.order(order_id=""), dead("INVALID_ORDER"))
    yield Record(shop.order(message_id=""), dead("INVALID_ORDER"))


@case("ids")
def a_blank_alone(shop):
    yield Record(shop.order(order_id=" "), dead("INVALID_ORDER"))


@case("ids")
def a_blank_at_the_end(shop):
    yield Record(shop.order(order_id=shop.new_id("blank") + " "), dead("INVALID_ORDER"))


@case("ids")
def a_space_of_no_width(shop):
    yield Record(shop.order(order_id=shop.new_id("zero") + "\u200b"), dead("INVALID_ORDER"))


@case("ids")
def written_from_right_to_left(shop):
    yield Record(shop.order(order_id=shop.new_id("\u202eoverride")), dead("INVALID_ORDER"))


@case("ids")
def a_letter_in_two_parts(shop):
    yield Record(shop.order(order_id=shop.new_id("e\u0301")), dead("INVALID_ORDER"))


@case("ids")
def the_same_letter_in_one_part(shop):
    yield Record(shop.order(order_id=shop.new_id("\u00e9")))


@case("ids")
def names_that_javascript_gives_a_meaning_to(shop):
    yield Record(shop.order(customer_id="__proto__"))
    yield Record(shop.order(customer_id="constructor"))


@case("ids")
def sql_in_an_id(shop):
    yield Record(shop.order(order_id=shop.new_id("'; DROP TABLE orders; --")))


# Keys, headers, times of records.


@case("keys")
def no_key(shop):
    yield Record(shop.order(), key=None)


@case("keys")
def a_key_of_no_bytes(shop):
    yield Record(shop.order(), key=b"")


@case("keys")
def a_key_of_any_bytes(shop):
    yield Record(shop.order(), key=bytes(range(256)))


@case("keys")
def a_key_of_another_order(shop):
    yield Record(shop.order(), key=b"of another order")


@case("headers")
def a_value_that_is_null(shop):
    yield Record(shop.order(), headers=(("trace", None),))


@case("headers")
def names_that_javascript_gives_a_meaning_to_(shop):
    names = ("__proto__", "constructor", "toString", "hasOwnProperty", "length")
    yield Record(shop.order(), headers=tuple((name, b"1") for name in names))


@case("headers")
def a_name_twice_and_a_name_of_no_letters(shop):
    yield Record(shop.order(), headers=(("retry", b"1"), ("retry", b"2"), ("", b"3")))


@case("headers")
def bytes_that_are_no_text(shop):
    yield Record(shop.order(), headers=(("binary", b"\xff\x00\xfe"),))


@case("headers")
def ten_thousand(shop):
    yield Record(shop.order(), headers=tuple((f"h{number}", b"") for number in range(10_000)))


@case("headers")
def a_release_that_nobody_made(shop):
    yield Record(shop.order(), headers=(("orderflow-release", b"raw_order/0/0/validator/999"),))
    yield Record(shop.order(), headers=(("orderflow-release", b"raw_order/0/0/enricher/1"),))


@case("headers")
def a_release_that_is_none(shop):
    yield Record(shop.order(), headers=(("orderflow-release", b"\xff/-1//"),))
    yield Record(shop.order(), headers=(("orderflow-release", None),))


# Packing and transactions.


def packed(codec):
    def records(shop):
        for _ in range(20):
            yield Record(shop.order(), producer=(("compression.type", codec), ("linger.ms", "50")))

    records.__name__ = codec
    return records


for codec_name in ("none", "gzip", "snappy", "lz4", "zstd"):
    case("packed by")(packed(codec_name))


@case("producers")
def idempotent(shop):
    yield Record(shop.order(), producer=(("enable.idempotence", "true"),))


@case("transactions")
def committed(shop):
    yield Record(shop.order(), transaction="commit")


@case("transactions")
def aborted(shop):
    yield Record(shop.order(), NOTHING, transaction="abort")


@case("transactions")
def aborted_and_then_committed(shop):
    encoded = shop.encoded()
    yield Record(encoded, NOTHING, transaction="abort")
    yield Record(encoded, transaction="commit")


# Addresses.


@case("addresses")
def good_ones(shop):
    for address in (shop.address, "2001:DB8:0:0:0:0:0:77", "::ffff:" + shop.address):
        yield Record(shop.order(ip_address=address))


@case("addresses")
def listed(shop):
    yield Record(shop.order(ip_address=shop.listed_ipv4), rejected("FRAUD_IP"))


@case("addresses")
def listed_and_of_the_new_kind(shop):
    yield Record(shop.order(ip_address=shop.listed_ipv6), rejected("FRAUD_IP"))


@case("addresses")
def listed_and_mapped(shop):
    yield Record(shop.order(ip_address="::ffff:" + shop.listed_ipv4), rejected("FRAUD_IP"))


@case("addresses")
def listed_and_compatible(shop):
    yield Record(shop.order(ip_address="::" + shop.listed_ipv4), rejected("FRAUD_IP"))


@case("addresses")
def listed_and_translated(shop):
    yield Record(shop.order(ip_address="64:ff9b::" + shop.listed_ipv4), rejected("FRAUD_IP"))


@case("addresses")
def listed_and_tunnelled(shop):
    a, b, c, d = (int(part) for part in shop.listed_ipv4.split("."))
    yield Record(shop.order(ip_address=f"2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1"), rejected("FRAUD_IP"))


@case("addresses")
def none_at_all(shop):
    for address in ("", "localhost", "10.1.2", "10.1.2.3.4", "256.1.1.1", "010.1.2.3", "fe80::1%eth0", "10.1.2.3/8"):
        yield Record(shop.order(ip_address=address), dead("INVALID_ORDER"))


# Times.


@case("times")
def of_a_record_that_its_producer_did_not_set(shop):
    yield Record(shop.order(), timestamp=1)


@case("times")
def none_of_the_order(shop):
    yield Record(shop.encoded(without="created_at"), dead("INVALID_ORDER"))


@case("times")
def before_the_year_2000(shop):
    yield Record(shop.order(created_seconds=946_684_799), dead("INVALID_ORDER"))


@case("times")
def milliseconds_for_seconds(shop):
    yield Record(shop.order(created_seconds=shop.now * 1000), dead("INVALID_ORDER"))


@case("times")
def two_days_ahead(shop):
    yield Record(shop.order(created_seconds=shop.now + 2 * 86_400), dead("INVALID_ORDER"))


@case("times")
def nanoseconds_that_make_a_second(shop):
    order = shop.encoded(without="created_at")
    yield Record(order + wire.text(8, wire.number(1, shop.now) + wire.number(2, 10**9)), dead("INVALID_ORDER"))


@case("times")
def nanoseconds_below_zero(shop):
    order = shop.encoded(without="created_at")
    yield Record(order + wire.text(8, wire.number(1, shop.now) + wire.number(2, 2**64 - 1)), dead("INVALID_ORDER"))


@case("times")
def the_last_nanosecond_of_a_second(shop):
    order = shop.encoded(without="created_at")
    yield Record(order + wire.text(8, wire.number(1, shop.now) + wire.number(2, 999_999_999)))


# What the rules are about.


@case("rules")
def a_payment_defaulter(shop):
    yield Record(shop.order(customer_id=shop.defaulter), rejected("PAYMENT_DEFAULTER"))


@case("rules")
def promised_for_now(shop):
    yield Record(shop.order(promised_in=timedelta(0)), rejected("FULFILMENT_DELAY"))


@case("rules")
def two_reasons_at_once(shop):
    order = shop.order(customer_id=shop.defaulter, ip_address=shop.listed_ipv4)
    yield Record(order, rejected("FRAUD_IP", "PAYMENT_DEFAULTER"))


@case("rules")
def a_location_that_nobody_knows(shop):
    yield Record(shop.order(to_location_id="NOWHERE-FOREIGN"), dead("UNKNOWN_LOCATION"))


@case("rules")
def both_kinds_of_routes(shop):
    yield Record(shop.order(to="INTERNAL"))
    yield Record(shop.order(to="EXTERNAL"))


# Fields and sizes.


@case("fields")
def unknown_values_of_enums(shop):
    yield Record(shop.order(order_type=99), dead("INVALID_ORDER"))
    yield Record(shop.order(payment_method=99), dead("INVALID_ORDER"))


@case("fields")
def currencies_that_are_none(shop):
    for currency in ("", "eur", "EU", "€", "EURO", "ÄÖÜ"):
        yield Record(shop.order(currency=currency), dead("INVALID_ORDER"))


@case("fields")
def a_quantity_of_nothing(shop):
    yield Record(shop.order(quantity=0), dead("INVALID_ORDER"))


@case("fields")
def a_price_below_zero(shop):
    yield Record(shop.order(unit_price=-1), dead("INVALID_ORDER"))


@case("fields")
def the_largest_numbers_of_their_types(shop):
    yield Record(shop.order(quantity=2**32 - 1), dead("INVALID_ORDER"))
    yield Record(shop.order(unit_price=2**63 - 1), dead("INVALID_ORDER"))


@case("fields")
def a_price_of_nothing(shop):
    yield Record(shop.order(unit_price=0))


@case("sizes")
def no_lines(shop):
    yield Record(shop.order(lines=0), dead("INVALID_ORDER"))


@case("sizes")
def as_many_lines_as_may_be(shop):
    yield Record(shop.order(lines=1_000))


@case("sizes")
def more_lines_than_may_be(shop):
    yield Record(shop.order(lines=1_001), dead("INVALID_ORDER"))


@case("sizes")
def half_a_megabyte_that_nobody_knows(shop):
    yield Record(shop.encoded() + wire.text(100, bytes(500_000)))


@case("sizes")
def larger_than_an_order_may_be_by_default(shop):
    yield Record(shop.encoded() + wire.text(100, bytes(1_600_000)), dead("TOO_LARGE"))
