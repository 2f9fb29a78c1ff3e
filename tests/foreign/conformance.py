"""Speaks to a running system as a foreign producer and reader, by Python's protobuf runtime and librdkafka: sends the records of cases.py
to raw_order, and compares what becomes of them with what has to. Changes nothing else; its orders are named FOREIGN-….

Prints a line for each case that failed, and how many passed; exit status 1 if one failed. Works against any installation that runs the
pipelines: give it the reference data that were loaded there.
"""

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from cases import CASES, NOTHING, Record, ROUTED
from messages import messages
from shop import Shop

HERE = Path(__file__).parent
OUTPUTS = ("valid_order", "rejected_order", "internal_order", "external_order", "dead_letter")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kafka", required=True, help="bootstrap servers")
    parser.add_argument("--setting", action="append", default=[], help="of librdkafka's, as name=value: security.protocol=SSL")
    parser.add_argument("--reference", default=HERE / "../../metastore/reference/default.json", help="what the system's reference data are")
    parser.add_argument("--proto", default=HERE / "../../proto", help="the folder of orders.proto")
    parser.add_argument("--only", default="", help="cases whose name has this text in it")
    parser.add_argument("--wait", type=float, default=120, help="seconds, at most, until the system has said something of each record")
    return parser.parse_args()


class Sent:
    """A record with the place that Kafka gave it."""

    def __init__(self, case, number, record, partition, pb):
        self.case, self.number, self.record, self.partition = case, number, record, partition
        value = record.value
        self.bytes = value if value is None or isinstance(value, bytes) else value.SerializeToString()
        self.offset = None
        try:
            order = pb.Order.FromString(self.bytes or b"")
            self.ids = (order.order_id, order.message_id)
        except Exception:  # no protobuf: it is known by its place alone
            self.ids = None


class Producers:
    """Producers of different settings, each made once. `send` returns when Kafka has the record."""

    def __init__(self, settings):
        self._settings = {**settings, "message.max.bytes": 3_000_000}
        self._made = {}

    def _producer(self, record):
        transactional = (("transactional.id", f"foreign-{os.getpid()}"),) if record.transaction else ()
        wanted = record.producer + transactional
        if wanted not in self._made:
            self._made[wanted] = Producer({**self._settings, **dict(wanted)})
            if transactional:
                self._made[wanted].init_transactions()
        return self._made[wanted]

    def send(self, batch):
        """Records of the same producer."""
        producer = self._producer(batch[0].record)
        ending = batch[0].record.transaction
        failures = []
        if ending:
            producer.begin_transaction()
        for sent in batch:

            def taken(error, message, sent=sent):
                if error:
                    failures.append(f"{sent.case}: {error}")
                else:
                    sent.offset = message.offset()

            producer.produce(
                "raw_order",
                value=sent.bytes,
                key=sent.record.key,
                headers=list(sent.record.headers),
                partition=sent.partition,
                timestamp=sent.record.timestamp,
                on_delivery=taken,
            )
        producer.flush()
        if failures:
            raise SystemExit(f"Kafka refused a record: {failures[0]}")
        if ending == "commit":
            producer.commit_transaction()
        elif ending:
            producer.abort_transaction()


class Outputs:
    """What came to the topics of the pipelines since this was made."""

    def __init__(self, settings, pb):
        self._pb = pb
        self._consumer = Consumer(
            {**settings, "group.id": "foreign", "enable.auto.commit": False, "isolation.level": "read_committed", "fetch.message.max.bytes": 5_000_000}
        )
        partitions = self._consumer.list_topics(timeout=10).topics
        lacking = [topic for topic in ("raw_order", *OUTPUTS) if topic not in partitions]
        if lacking:
            raise SystemExit(f"Kafka has no topic {', '.join(lacking)}")
        self.partitions = sorted(partitions["raw_order"].partitions)
        ends = []
        for topic in OUTPUTS:
            for partition in partitions[topic].partitions:
                _low, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
                ends.append(TopicPartition(topic, partition, high))
        self._consumer.assign(ends)
        self.valid = defaultdict(list)
        self.rejected = defaultdict(list)
        self.routed = defaultdict(list)
        self.letters = {}
        self.later_letters = defaultdict(list)

    def poll(self):
        """Takes what has come; whether anything had."""
        records = self._consumer.consume(num_messages=1_000, timeout=1)
        for record in records:
            error = record.error()
            if error is None:
                self._take(record.topic(), record.value())
            elif error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
        return len(records) > 0

    def _take(self, topic, value):
        pb = self._pb
        if topic == "valid_order":
            self.valid[ids_of(pb.Order.FromString(value))].append(value)
        elif topic == "rejected_order":
            message = pb.RejectedOrder.FromString(value)
            reasons = tuple(pb.RejectReason.Name(each.reason) for each in message.rejections)
            self.rejected[ids_of(message.order)].append(reasons)
        elif topic == "dead_letter":
            letter = pb.DeadLetter.FromString(value)
            # A later stage names the place on raw_order, too, of what the validator has carried to it.
            if letter.step == "validator":
                self.letters[letter.partition, letter.offset] = letter
            elif letter.step != "aggregator":  # which sets aside what is too late for its window, and goes its own way
                self.later_letters[letter.order_id, letter.message_id].append(letter)
        else:
            message = pb.RoutedOrder.FromString(value)
            self.routed[ids_of(message.enriched_order.order)].append(message)

    def of(self, sent, pb):
        """What became of a record so far, in words."""
        letter = self.letters.get((sent.partition, sent.offset))
        if letter:
            same = letter.value == (sent.bytes or b"") and letter.key == (sent.record.key or b"")[:1024]
            return f"dead {pb.DeadLetterReason.Name(letter.reason)}" + ("" if same else ", and not with its bytes")
        if sent.ids in self.later_letters:
            reason = pb.DeadLetterReason.Name(self.later_letters[sent.ids][0].reason)
            return f"dead {reason}" + (" and routed" if sent.ids in self.routed else "")
        if sent.ids in self.rejected:
            found = " and ".join("rejected " + " ".join(reasons) for reasons in self.rejected[sent.ids])
            return found + (" and valid" if sent.ids in self.valid else "")
        if sent.ids in self.routed:
            valid, routed = self.valid[sent.ids], self.routed[sent.ids]
            order = routed[0].enriched_order.order.SerializeToString(deterministic=True)
            told = "routed" if len(valid) == len(routed) == 1 else f"valid {len(valid)} times, routed {len(routed)} times"
            if sent.record.outcome == ROUTED:
                told += "" if valid[0] == sent.bytes else ", and not with its bytes"
                told += "" if pb.Order.FromString(sent.bytes).SerializeToString(deterministic=True) == order else ", as another order"
            return told
        return "nothing" if sent.ids not in self.valid else "valid, and nothing more"


def ids_of(order):
    return order.order_id, order.message_id


def is_right(sent, found, all_sent):
    outcome = sent.record.outcome
    if outcome == NOTHING:
        # Of a record that was sent again only the first one counts.
        has_first = any(other.ids == sent.ids and other.record.outcome != NOTHING for other in all_sent)
        return found == ("routed" if has_first else "nothing")
    if outcome.kind == "dead":
        return found in [f"dead {reason}" for reason in outcome.reasons]
    return found == str(outcome)


def main():
    options = arguments()
    settings = {"bootstrap.servers": options.kafka, **dict(setting.split("=", 1) for setting in options.setting)}
    pb = messages(str(options.proto))
    reference = json.loads(Path(options.reference).read_text(encoding="utf-8"))
    outputs = Outputs(settings, pb)
    producers = Producers(settings)
    chosen = [(name, function) for name, function in CASES if options.only in name]
    if not chosen:
        raise SystemExit(f"no case has {options.only!r} in its name")
    sent = []
    for index, (name, function) in enumerate(chosen):
        partition = outputs.partitions[index % len(outputs.partitions)]
        records = function(Shop(pb, reference, index))
        of_case = [Sent(name, number + 1, record, partition, pb) for number, record in enumerate(records)]
        while_same = []
        for each in of_case:
            if while_same and (each.record.producer, each.record.transaction) != (
                while_same[0].record.producer,
                while_same[0].record.transaction,
            ):
                producers.send(while_same)
                while_same = []
            while_same.append(each)
        producers.send(while_same)
        sent += of_case
    # Behind them on each partition: where these have come through, the others have had their chance.
    last = [
        Sent("the last order", partition, Record(Shop(pb, reference, "last").order()), partition, pb) for partition in outputs.partitions
    ]
    producers.send(last)
    sent += last

    deadline = time.monotonic() + options.wait
    while True:
        has_more = outputs.poll()
        wrong = [each for each in sent if not is_right(each, outputs.of(each, pb), sent)]
        # All that is there is looked at, also when all is right already: something may be there twice.
        if not (wrong or has_more) or time.monotonic() > deadline:
            break
    failed = {each.case for each in wrong}
    for each in wrong:
        print(f"{each.case}, record {each.number} at {each.partition}/{each.offset}: {outputs.of(each, pb)} instead of {each.record.outcome}")
    cases = {each.case for each in sent}
    print(f"{len(cases) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
