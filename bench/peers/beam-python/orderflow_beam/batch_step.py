"""What all stages share: records are collected within a bundle, and decided a batch at a time.

https://beam.apache.org/documentation/patterns/grouping-elements-for-efficient-external-service-calls/ and the life cycle of a
DoFn, https://beam.apache.org/documentation/programming-guide/#dofn: connections are made in `setup`, and what is collected is
handed over in `finish_bundle`. Flink's checkpoint waits for the bundle, and Kafka's offsets for the checkpoint.
"""
from typing import NamedTuple

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import WindowedValue

import orders_pb2 as v1
from orderflow_beam.decoding import Failure
from orderflow_beam.metastore import Change, Line, Metastore, is_of_data

WINDOWS = (GlobalWindow(),)
# The largest part of a record that its dead letter holds.
MOST_BYTES = 4 * 1024 * 1024 - 64 * 1024


class Output(NamedTuple):
    """What is written to a topic."""

    topic: str
    key: bytes
    value: bytes


def aside(reason, error):
    """The line that sets a record aside."""
    return Line('DEAD_LETTERED', f'{reason}: {error}')


def about_of(record):
    """Where a record stands whose ids prove nothing: on raw_order anybody writes."""
    name = record.topic.split('~')[0]
    return f'{record.partition}@{record.offset}{record.topic[len(name):]}' if name == 'raw_order' else ''


def failure_in(line, names):
    """Why a record is set aside, by the line that stands for it; None where it is not."""
    if line.status == 'DELIVERY_FAILED':
        return Failure('DELIVERY_REFUSED', f'the delivery failed: {line.detail}', *names)
    if line.status != 'DEAD_LETTERED':
        return None
    reason, error = line.detail.split(': ', 1)
    return Failure(reason, error, *names)


def dead_letter(record, stage, failure):
    key = record.key or b''
    value = record.value or b''
    room = max(0, MOST_BYTES - len(key))
    is_cut = len(value) > room
    letter = v1.DeadLetter(
        key=key,
        value=value[:room],
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        step=stage,
        reason=failure.reason,
        error=failure.error + (f" (only {room} of the value's {len(value)} bytes are kept)" if is_cut else ''),
        order_id=failure.order_id,
        message_id=failure.message_id,
    )
    letter.record_time.FromMilliseconds(record.timestamp)
    return Output('dead_letter', key[:1024], letter.SerializeToString())


class BatchStep(beam.DoFn):
    """A stage. The subclasses say how a batch is looked up, how a record is decided, and what follows from its line."""

    stage = ''

    def __init__(self, contract):
        self.contract = contract
        self._statuses = frozenset(contract['tails'][self.stage])
        self._batch = []

    def decoder(self):
        raise NotImplementedError

    def lookup(self, entries):
        """A fact for each entry."""
        raise NotImplementedError

    def decide(self, entry, fact):
        """A line to be recorded, or None where nothing follows."""
        raise NotImplementedError

    def outcome_of(self, entry, line):
        """What is written by the line that stands. The same record and line give the same bytes."""
        raise NotImplementedError

    def setup(self):
        self.metastore = Metastore(self.contract, self.stage)
        self._decode = self.decoder().decode

    def teardown(self):
        self.metastore.close()

    def start_bundle(self):
        self._batch = []

    def process(self, record):
        self._batch.append(record)
        return self._flush() if len(self._batch) >= self.contract['batchSize'] else None

    def finish_bundle(self):
        return self._flush() if self._batch else None

    def _flush(self):
        records, self._batch = self._batch, []
        return self.emit(records, self._isolated(records))

    def emit(self, records, outcomes):
        """The batch's outputs, to be written."""
        timestamp = Timestamp(micros=records[-1].timestamp * 1000)
        return [
            pvalue.TaggedOutput(topic, WindowedValue((key, value), timestamp, WINDOWS))
            for topic, key, value in outcomes
        ]

    def _isolated(self, records):
        """Halves a batch that fails for a reason in its data, until the record is found: it is set aside alone."""
        try:
            return self._handle([self._decode(record) for record in records])
        except Exception as error:
            if not is_of_data(error):
                raise
            if len(records) == 1:
                return self._set_failed_aside(records[0], error)
            middle = len(records) // 2
            return self._isolated(records[:middle]) + self._isolated(records[middle:])

    def _handle(self, entries):
        items = [entry for entry in entries if entry.failure is None]
        facts = iter(self.lookup(items) if items else [])
        decided = [(entry, self._decided(entry, facts)) for entry in entries]
        return self._settle([(entry, line) for entry, line in decided if line is not None])

    def _decided(self, entry, facts):
        if entry.failure:
            return aside(entry.failure.reason, entry.failure.error)._replace(about=about_of(entry.record))
        fact = next(facts)
        try:
            return self.decide(entry, fact)
        except Exception as error:
            return aside('PROCESSING_FAILED', f'{self.stage} failed on this record: {type(error).__name__}')

    def _settle(self, decided):
        """Records the lines; what follows from those that stand."""
        standing = iter(
            self.metastore.record_statuses(
                [Change(*entry.names, line) for entry, line in decided if self._is_recorded(entry, line)]
            )
        )
        outcomes = []
        for entry, line in decided:
            stands = (next(standing) if self._is_recorded(entry, line) else None) or line
            failure = failure_in(stands, entry.names) or entry.failure
            if failure:
                outcomes.append(dead_letter(entry.record, self.stage, failure))
            elif (output := self.outcome_of(entry, stands)) is not None:
                outcomes.append(output)
        return outcomes

    def _is_recorded(self, entry, line):
        order_id, message_id, _ = entry.names
        return bool(order_id and message_id and line.status in self._statuses)

    def _set_failed_aside(self, record, error):
        entry = self._decode(record)
        line = aside('PROCESSING_FAILED', f'{self.stage} failed on this record: SQLSTATE {error.sqlstate}')
        return self._settle([(entry, line._replace(about=about_of(record) if entry.failure else ''))])
