"""The aggregator: sums by to-location and minute, in state, with a pane about as often as the settings say.

https://beam.apache.org/blog/stateful-processing/ and https://beam.apache.org/blog/timely-processing/: a GroupByKey whose panes
accumulate would keep each order, and hand all of a window to Python again for each pane.
"""
import math
import time

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.coders import PickleCoder, VarIntCoder
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import CombiningValueStateSpec, ReadModifyWriteStateSpec, TimerSpec, on_timer
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import WindowedValue

import orders_pb2 as v1
from orderflow_beam.batch_step import WINDOWS, BatchStep, Output, aside
from orderflow_beam.decoding import amount_of, enriched_decoder, items_of
from orderflow_beam.metastore import Line, booleans, claimants, texts

AGGREGATE = 'aggregate'
# No line of a history: the claim is all that is kept.
COUNTS = Line('COUNTS', '')


def add(left, right):
    """Sums are orders, items, and the amounts by currency, in minor units."""
    amounts = dict(left[2])
    for currency, amount in right[2].items():
        amounts[currency] = amounts.get(currency, 0) + amount
    return left[0] + right[0], left[1] + right[1], amounts


class SumsFn(beam.CombineFn):
    def create_accumulator(self):
        return 0, 0, {}

    def add_input(self, accumulator, element):
        return add(accumulator, element)

    def merge_accumulators(self, accumulators):
        total = self.create_accumulator()
        for accumulator in accumulators:
            total = add(total, accumulator)
        return total

    def extract_output(self, accumulator):
        return accumulator


class Aggregator(BatchStep):
    """What is to be summed: one record of each order. A batch's orders of a location and window leave as one."""

    stage = 'aggregator'

    def decoder(self):
        return enriched_decoder(self.contract['limits'])

    def lookup(self, entries):
        lateness = self.contract['allowedLatenessMs']
        return self.metastore.ask(
            'claim aggregations',
            [
                *claimants([entry.record for entry in entries]),
                texts([entry.order.order_id for entry in entries]),
                booleans([entry.created_at < entry.record.timestamp - lateness for entry in entries]),
            ],
        )

    def decide(self, entry, fact):
        (claim,) = fact
        if claim == 'REPEAT':
            return None
        if claim == 'TOO_LATE':
            return aside('TOO_LATE', 'the order was created too long before the time of its record to be aggregated')
        return COUNTS

    def outcome_of(self, entry, line):
        lines = entry.order.lines
        window_ms = self.contract['windowSeconds'] * 1000
        place = entry.order.to_location_id, entry.created_at // window_ms * window_ms
        return Output(AGGREGATE, place, (1, items_of(lines), {entry.order.currency: amount_of(lines)}))

    def emit(self, records, outcomes):
        sums = {}
        for topic, place, value in outcomes:
            if topic == AGGREGATE:
                sums[place] = add(sums[place], value) if place in sums else value
        yield from super().emit(records, [output for output in outcomes if output.topic != AGGREGATE])
        for (location, start), value in sums.items():
            element = WindowedValue((location, value), Timestamp(micros=start * 1000), WINDOWS)
            yield pvalue.TaggedOutput(AGGREGATE, element)


class SumPanes(beam.DoFn):
    """Sums of a location and window so far; a pane comes after the period in which something changed."""

    SUMS = CombiningValueStateSpec('sums', PickleCoder(), SumsFn())
    PANES = ReadModifyWriteStateSpec('panes', VarIntCoder())
    END_OF_PERIOD = TimerSpec('end of period', TimeDomain.REAL_TIME)

    def __init__(self, pane_seconds):
        self._pane_seconds = pane_seconds

    def process(
        self,
        element,
        sums=beam.DoFn.StateParam(SUMS),
        end_of_period=beam.DoFn.TimerParam(END_OF_PERIOD),
    ):
        sums.add(element[1])
        # The same for all that comes within a period: what sets it again changes nothing.
        periods = math.floor(time.time() / self._pane_seconds) + 1
        end_of_period.set(Timestamp.of(periods * self._pane_seconds))

    @on_timer(END_OF_PERIOD)
    def write_pane(
        self,
        location=beam.DoFn.KeyParam,
        window=beam.DoFn.WindowParam,
        sums=beam.DoFn.StateParam(SUMS),
        panes=beam.DoFn.StateParam(PANES),
    ):
        index = panes.read() or 0
        panes.write(index + 1)
        orders, items, amounts = sums.read()
        pane = v1.AggregatedOrder(
            to_location_id=location,
            pane_index=index,
            orders=orders,
            items=items,
            amounts=[v1.Amount(currency=currency, minor_units=amounts[currency]) for currency in sorted(amounts)],
        )
        pane.window_start.FromMilliseconds(window.start.micros // 1000)
        pane.window_end.FromMilliseconds(window.end.micros // 1000)
        yield location.encode(), pane.SerializeToString()
