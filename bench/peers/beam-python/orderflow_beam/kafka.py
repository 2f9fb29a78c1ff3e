"""Reading and writing Kafka by the transforms that the job server does with Flink's own connector.

A multi-language KafkaIO would need a Java environment beside Python's, and hand each record from the runner to Java and
back before Python sees it: https://beam.apache.org/documentation/programming-guide/#multi-language-pipelines. A transform
without an environment is the runner's own work: https://beam.apache.org/contribute/runner-guide/
"""
import json
from typing import NamedTuple, Optional, Sequence

import apache_beam as beam
import numpy as np
from apache_beam import coders, pvalue
from apache_beam.transforms.core import Windowing
from apache_beam.transforms.window import GlobalWindows

READ_URN = 'orderflow:transform:kafka_read:v1'
WRITE_URN = 'orderflow:transform:kafka_write:v1'
RUNNER_URNS = frozenset([READ_URN, WRITE_URN])


class Header(NamedTuple):
    key: str
    value: Optional[bytes]


class KafkaRecord(NamedTuple):
    """In the order in which RowDeserializer.java fills the fields in."""

    topic: str
    partition: np.int32
    offset: np.int64
    timestamp: np.int64
    key: Optional[bytes]
    value: Optional[bytes]
    headers: Sequence[Header]
    deletedFrom: Optional[np.int64]


coders.registry.register_coder(KafkaRecord, coders.RowCoder)


class ReadFromKafka(beam.PTransform):
    """Rows of a topic, from the offsets of the consumer group in the payload."""

    def __init__(self, payload):
        super().__init__()
        self._payload = payload

    def get_windowing(self, unused_inputs):
        return Windowing(GlobalWindows())

    def expand(self, begin):
        return pvalue.PCollection(begin.pipeline, element_type=KafkaRecord, is_bounded=False)

    def to_runner_api_parameter(self, unused_context):
        return READ_URN, json.dumps(self._payload).encode()


def typed(element_type):
    """Gives a tagged output its type, which ParDo does not, and so its coder: Java does not know Python's pickler."""
    return beam.Map(lambda element: element).with_output_types(element_type)


class WriteToKafka(beam.PTransform):
    """Keys and values (Tuple[bytes, bytes]) to a topic; a checkpoint is complete when the broker has acknowledged them."""

    def __init__(self, payload):
        super().__init__()
        self._payload = payload

    def expand(self, records):
        return pvalue.PDone(records.pipeline)

    def to_runner_api_parameter(self, unused_context):
        return WRITE_URN, json.dumps(self._payload).encode()
