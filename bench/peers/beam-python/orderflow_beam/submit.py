"""Submits the five pipelines to the job server: python -m orderflow_beam.submit CONTRACT"""
import json
import logging
import sys
from typing import Any, Tuple

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.transforms import environments
from apache_beam.transforms.window import FixedWindows
from apache_beam.utils.timestamp import Duration

from orderflow_beam.aggregator import AGGREGATE, Aggregator, SumPanes
from orderflow_beam.enricher import Enricher
from orderflow_beam.external_processor import ExternalProcessor
from orderflow_beam.kafka import RUNNER_URNS, ReadFromKafka, WriteToKafka, typed
from orderflow_beam.router import Router
from orderflow_beam.validator import Validator

PANES = 'aggregated_order'
STEPS = {step.stage: step for step in (Validator, Enricher, Router, ExternalProcessor, Aggregator)}


def wire(pipeline, stage, contract):
    """Reads, steps and writes, as they stand in the contract."""
    kafka = contract['kafka'][stage]
    topics = [topic for topic in kafka['writes'] if topic != PANES]
    tags = topics if stage != Aggregator.stage else [*topics, AGGREGATE]
    step = beam.ParDo(STEPS[stage](contract)).with_outputs(*tags)
    outputs = pipeline | f"Read {kafka['read']['topic']}" >> ReadFromKafka(kafka['read']) | stage.capitalize() >> step
    for topic in topics:
        records = outputs[topic] | f'Encode {topic}' >> typed(Tuple[bytes, bytes])
        records | f'Write {topic}' >> WriteToKafka(kafka['writes'][topic])
    if stage == Aggregator.stage:
        panes_of(outputs[AGGREGATE], contract) | f'Write {PANES}' >> WriteToKafka(kafka['writes'][PANES])


def panes_of(aggregates, contract):
    windows = beam.WindowInto(
        FixedWindows(contract['windowSeconds']), allowed_lateness=Duration(contract['keptSeconds'])
    )
    sums = beam.ParDo(SumPanes(contract['paneSeconds'])).with_output_types(Tuple[bytes, bytes])
    return aggregates | 'Encode sums' >> typed(Tuple[str, Any]) | 'Window' >> windows | 'Sum' >> sums


def submit(stage, contract):
    pipeline = beam.Pipeline(options=PipelineOptions([]))
    wire(pipeline, stage, contract)
    # What the workers need is on their path: nothing is staged.
    environment = environments.ExternalEnvironment(
        contract['workerPool'], capabilities=environments.python_sdk_capabilities()
    )
    proto = pipeline.to_runner_api(default_environment=environment)
    for transform in proto.components.transforms.values():
        if transform.spec.urn in RUNNER_URNS:
            transform.environment_id = ''
    options = PipelineOptions([f"--job_endpoint={contract['jobServer']}", *contract['options'][stage]])
    state = PortableRunner().run_portable_pipeline(proto, options).wait_until_finish()
    # The job server is done with a job when Flink has taken it.
    if state != 'DONE':
        raise RuntimeError(f'the job server says {state} of {stage}')


def main():
    logging.basicConfig(level=logging.INFO)
    with open(sys.argv[1], encoding='utf-8') as file:
        contract = json.load(file)
    for stage in STEPS:
        submit(stage, contract)


if __name__ == '__main__':
    main()
