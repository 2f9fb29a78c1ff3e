"""The metastore by psycopg 3: the statements are Orderflow's own, a batch each.

https://www.psycopg.org/psycopg3/docs/advanced/prepare.html: a statement is parsed once in a connection, and planned as
PostgreSQL sees fit, as the project's own driver has it.
"""
import os
from typing import NamedTuple, Optional

import psycopg

OPTIONS = '-c statement_timeout=4000'
# Classes of SQLSTATE that a value itself causes: data exception, integrity constraint violation, program limit exceeded.
DATA_ERRORS = ('22', '23', '54')


class Line(NamedTuple):
    """What a line of an order's history says; `otherwise` is what it says instead where another publication is the order."""

    status: str
    detail: str
    facts: Optional[str] = None
    otherwise: Optional['Line'] = None
    about: str = ''


class Change(NamedTuple):
    order_id: str
    message_id: str
    created_at: int
    line: Line


def is_of_data(error):
    """Whether a record of the batch is to blame, and not the connection."""
    return isinstance(error, psycopg.Error) and (error.sqlstate or '')[:2] in DATA_ERRORS


def texts(values):
    """PostgreSQL's literal of an array of texts, in one pass: an adapter for each element costs more than the query."""
    return '{%s}' % ','.join(
        [
            'NULL' if value is None else '"%s"' % value.replace('\\', '\\\\').replace('"', '\\"')
            for value in values
        ]
    )


def numbers(values):
    """The same of integers."""
    return '{%s}' % ','.join(map(str, values))


def nulls(count):
    return '{%s}' % ','.join(['NULL'] * count)


def booleans(values):
    return '{%s}' % ','.join(['t' if value else 'f' for value in values])


def places(records):
    """The columns topic, partition and position."""
    return [
        texts([record.topic for record in records]),
        numbers([record.partition for record in records]),
        numbers([record.offset for record in records]),
    ]


def claimants(records):
    """The same, and no release, of which there are none here."""
    return [*places(records), nulls(len(records)), nulls(len(records))]


class Metastore:
    """One connection, made at the first question, and again after one that broke."""

    def __init__(self, contract, stage):
        self._statements = contract['statements']
        self._statuses = contract['statuses']
        self._numbers = {status: number for number, status in enumerate(self._statuses)}
        self._tails = contract['tails'][stage]
        self._delivers = stage == 'external-processor'
        self._connection = None

    def ask(self, statement, parameters):
        """The rows of an answer."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    os.environ['BEAM_PYTHON_POSTGRES'],
                    autocommit=True,
                    application_name='orderflow',
                    options=OPTIONS,
                    cursor_factory=psycopg.RawCursor,
                )
            return self._connection.execute(self._statements[statement], parameters, prepare=True).fetchall()
        except psycopg.OperationalError:
            self.close()
            raise

    def record_statuses(self, changes):
        """Adds the lines; the one that stands for each, or None where the transitions allow none."""
        if not changes:
            return []
        lines = [change.line for change in changes]
        accepts = any(line.otherwise is not None for line in lines)
        times = [change.created_at for change in changes]
        parameters = [
            texts([change.order_id for change in changes]),
            texts([change.message_id for change in changes]),
            numbers(times),
            numbers([self._numbers[line.status] for line in lines]),
            numbers([self._tails[line.status] for line in lines]),
            texts([line.detail.replace('\0', '\ufffd') for line in lines]),
            texts([line.about for line in lines]),
            texts([line.facts for line in lines]),
            texts([line.otherwise and line.otherwise.detail for line in lines]),
            texts([line.otherwise and line.otherwise.facts for line in lines]),
            '%012x' % min(times) + 20 * '0',
            '%012x' % max(times) + 20 * 'f',
        ]
        statement = 'accept' if accepts else 'deliver' if self._delivers else 'record'
        while True:
            rows = self.ask(statement, parameters)
            if not any(is_raced for _, _, _, is_raced in rows):
                break
        return [
            None if status is None else Line(self._statuses[status], detail, facts) for status, detail, facts, _ in rows
        ]

    def close(self):
        if self._connection is not None:
            self._connection.close()
        self._connection = None
