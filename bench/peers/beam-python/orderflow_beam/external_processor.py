"""The external-processor: each order to the partner, once, by aiohttp's connection pool, so many at once for each partner.

https://docs.aiohttp.org/en/stable/client_advanced.html#limiting-connection-pool-size

What the partner does not answer in a batch's time fails the bundle. Flink goes on from the last checkpoint, and the orders
of the bundle are sent again under the same keys.
"""
import asyncio
import hashlib
import random
import re
import time
from collections import defaultdict
from datetime import datetime, timezone

import aiohttp
import orjson

import orders_pb2 as v1
from orderflow_beam.batch_step import BatchStep
from orderflow_beam.decoding import amount_of, millis_of, routed_decoder
from orderflow_beam.metastore import Line, numbers, places, texts

# Connections that nobody uses are closed before most servers would.
IDLE_SECONDS = 4
BATCH_SECONDS = 3.5
FIRST_PAUSE = 0.1
MOST_BYTES = 64 * 1024
REFUSED = frozenset(range(400, 500)) - {401, 402, 403, 404, 405, 407, 408, 409, 421, 423, 425, 426, 429}


class PartnerUnavailable(Exception):
    """No answer that decides what becomes of the order."""


def iso_of(millis):
    time_of_day = datetime.fromtimestamp(millis // 1000, timezone.utc)
    return f'{time_of_day:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03d}Z'


def location_of(location):
    return {'id': location.location_id, 'name': location.name, 'region': location.region}


def request_of(entry):
    """The partner, the idempotency key, and the body: the same bytes whenever it is made again."""
    order, routed = entry.order, entry.message
    enriched = routed.enriched_order
    body = {
        'orderId': order.order_id,
        'messageId': order.message_id,
        'partnerId': routed.partner_id,
        'orderType': v1.OrderType.Name(order.order_type),
        'createdAt': iso_of(entry.created_at),
        'promisedBy': iso_of(millis_of(order.promised_by)),
        'paymentMethod': v1.PaymentMethod.Name(order.payment_method),
        'currency': order.currency,
        'amount': amount_of(order.lines),
        'from': location_of(enriched.from_location),
        'to': location_of(enriched.to_location),
        'lines': [
            {'sku': line.sku, 'quantity': line.quantity, 'unitPrice': line.unit_price} for line in order.lines
        ],
    }
    key = hashlib.sha256(orjson.dumps([order.order_id, order.message_id, 1])).hexdigest()
    return routed.partner_id, key, orjson.dumps(body)


def refusal_code(body):
    """The partner's code for a refusal, where it looks like one. Nothing else of the body is kept."""
    try:
        code = orjson.loads(body).get('code')
    except (AttributeError, orjson.JSONDecodeError):
        return ''
    return code if isinstance(code, str) and re.fullmatch(r'[\w.-]{1,64}', code, re.ASCII) else ''


class ExternalProcessor(BatchStep):
    stage = 'external-processor'

    def decoder(self):
        return routed_decoder(self.contract['limits'])

    def setup(self):
        super().setup()
        self._loop = asyncio.new_event_loop()
        self._session = self._loop.run_until_complete(self._open_session())

    def teardown(self):
        self._loop.run_until_complete(self._session.close())
        self._loop.close()
        super().teardown()

    async def _open_session(self):
        partner = self.contract['partner']
        self._slots = defaultdict(lambda: asyncio.Semaphore(partner['concurrency']))
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS)
        timeout = aiohttp.ClientTimeout(sock_connect=partner['timeoutSeconds'], sock_read=partner['timeoutSeconds'])
        return aiohttp.ClientSession(connector=connector, timeout=timeout)

    def lookup(self, entries):
        claims = self.metastore.ask(
            'claim deliveries',
            [
                texts([entry.order.order_id for entry in entries]),
                *places([entry.record for entry in entries]),
                numbers([1] * len(entries)),
            ],
        )
        is_open = [claim == 'OPEN' for (claim,) in claims]
        requests = [request_of(entry) for entry, yes in zip(entries, is_open) if yes]
        lines = iter(self._loop.run_until_complete(self._deliver_all(requests)))
        return [next(lines) if yes else claim for yes, (claim,) in zip(is_open, claims)]

    async def _deliver_all(self, requests):
        ends_at = time.monotonic() + BATCH_SECONDS
        return await asyncio.gather(*[self._deliver(*request, ends_at) for request in requests])

    async def _deliver(self, partner_id, key, body, ends_at):
        """The line that the partner's answer leaves."""
        pause = FIRST_PAUSE
        while True:
            try:
                async with self._slots[partner_id]:
                    return await self._post(key, body)
            except (aiohttp.ClientError, asyncio.TimeoutError, PartnerUnavailable):
                if time.monotonic() + pause > ends_at:
                    raise
            await asyncio.sleep(pause * (0.5 + random.random() / 2))
            pause *= 2

    async def _post(self, key, body):
        headers = {'content-type': 'application/json', 'idempotency-key': key}
        url = self.contract['partner']['url']
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            beginning = await answer.content.read(MOST_BYTES)
            if 200 <= answer.status < 300:
                return Line('DELIVERED', f'HTTP {answer.status}')
            if answer.status in REFUSED:
                return Line('DELIVERY_FAILED', f'HTTP {answer.status} {refusal_code(beginning)}'.strip())
            raise PartnerUnavailable(f'HTTP {answer.status}')

    def decide(self, entry, fact):
        if fact == 'FAILED':
            # The line that stands says why.
            return Line('DELIVERY_FAILED', 'no answer of it is left in the history')
        return None if fact in ('DONE', 'REPEAT') else fact

    def outcome_of(self, entry, line):
        return None
