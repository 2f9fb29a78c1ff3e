"""Counts a run again, independently of the project's own code: from the topics alone, with Python's protobuf runtime and
librdkafka. Prints one JSON object, whose numbers mean what those of `orderflow demo --json` mean.

Usage: recount.py BOOTSTRAP_SERVERS PROTO_FOLDER [SINCE]
SINCE is a JSON object, topic -> partition -> the offset to begin at; what it does not name is read from the beginning.
"""

import json
import sys
from collections import Counter

from messages import messages
from topics import read


def recount(pb, settings, since):
    def values(topic, message_type, order_of):
        for record in read(settings, topic, since):
            message = message_type.FromString(record.value() or b"")
            order = order_of(message)
            yield message, (order.order_id, order.message_id)

    letters = [pb.DeadLetter.FromString(record.value()) for record in read(settings, "dead_letter", since)]
    raw = 0
    published = set()
    set_aside = {(each.partition, each.offset) for each in letters if each.topic == "raw_order"}
    raw_set_aside = 0
    records = 0
    for record in read(settings, "raw_order", since):
        raw += 1
        if (record.partition(), record.offset()) in set_aside:
            raw_set_aside += 1
            continue
        order = pb.Order.FromString(record.value())
        published.add((order.order_id, order.message_id))
        records += 1

    def publications(topic, message_type, order_of):
        return {ids for _message, ids in values(topic, message_type, order_of)} & published

    def routed(topic):
        return publications(topic, pb.RoutedOrder, lambda message: message.enriched_order.order)

    valid = publications("valid_order", pb.Order, lambda message: message)
    enriched = publications("enriched_order", pb.EnrichedOrder, lambda message: message.order)
    internal = routed("internal_order")
    external = routed("external_order")

    reasons = {}
    for message, ids in values("rejected_order", pb.RejectedOrder, lambda message: message.order):
        if ids in published:
            reasons.setdefault(ids, {pb.RejectReason.Name(each.reason) for each in message.rejections})

    # A dead letter that was replayed, and went on, is none any more.
    went_on = {"enricher": enriched, "router": internal | external}
    dead_later = {
        (each.order_id, each.message_id)
        for each in letters
        if each.topic != "raw_order"
        and each.step != "aggregator"
        and each.reason != pb.DELIVERY_REFUSED
        and (each.order_id, each.message_id) in published
        and (each.order_id, each.message_id) not in went_on.get(each.step, set())
    }

    panes = {}
    for record in read(settings, "aggregated_order", since):
        pane = pb.AggregatedOrder.FromString(record.value())
        window = (pane.to_location_id, pane.window_start.ToMilliseconds())
        panes[window] = max(pane.orders, panes.get(window, 0))

    def orders(ids):
        return len({order_id for order_id, _message_id in ids})

    return {
        "raw": raw,
        "valid": orders(valid),
        "rejected": {
            "total": len(reasons),
            "byReason": dict(Counter(reason for each in reasons.values() for reason in each)),
        },
        "deadLettered": raw_set_aside + len(dead_later),
        "enriched": orders(enriched),
        "internal": orders(internal),
        "external": orders(external),
        "redelivered": records - len({message_id for _order_id, message_id in published}),
        "aggregated": {"windows": len(panes), "orders": sum(panes.values())},
    }


if __name__ == "__main__":
    _program, servers, folder, *rest = sys.argv
    print(json.dumps(recount(messages(folder), {"bootstrap.servers": servers, "group.id": "recount"}, json.loads(rest[0]) if rest else {})))
