"""The validator: every rule for each order, and each rejection with all its reasons."""
import hashlib

import orjson

import orders_pb2 as v1
from orderflow_beam.addresses import stored_addresses
from orderflow_beam.batch_step import BatchStep, Output, about_of, aside
from orderflow_beam.decoding import millis_of, order_decoder
from orderflow_beam.metastore import Line, claimants, numbers, texts

MINUTE = 60_000
DUPLICATE = ('DUPLICATE_ORDER', 'another message with this order id was accepted')


def content_number(value):
    """The first 8 bytes of its SHA-256, as PostgreSQL's bigint has them."""
    return int.from_bytes(hashlib.sha256(value).digest()[:8], 'big', signed=True)


def fraud_detail(network):
    # A network of one address is the customer's address itself, which is personal data.
    if '/' not in network or network.endswith(('/32', '/128')):
        return 'the address is listed for fraud'
    return f'the address is in {network}, which is listed for fraud'


def violations_of(entry, claim, network, is_defaulter, is_cancelled, lead_minutes):
    """The reasons, in the order of the rules, each with its detail."""
    found = []
    if network is not None:
        found.append(('FRAUD_IP', fraud_detail(network)))
    if claim == 'DUPLICATE':
        found.append(DUPLICATE)
    if is_defaulter:
        found.append(('PAYMENT_DEFAULTER', 'the customer is listed as a payment defaulter'))
    if is_cancelled:
        found.append(('CANCELLED_ORDER', 'the order was cancelled'))
    if lead_minutes is not None:
        late = entry.created_at + lead_minutes * MINUTE - millis_of(entry.order.promised_by)
        if late > 0:
            minutes = -(-late // MINUTE)
            detail = f'arrives {minutes} min after the promised time (lead time {lead_minutes} min)'
            found.append(('FULFILMENT_DELAY', detail))
    return found


def rejection_of(violations):
    detail = '; '.join([f'{reason}: {detail}' for reason, detail in violations])
    facts = orjson.dumps([{'reason': reason, 'detail': detail} for reason, detail in violations])
    return Line('REJECTED', detail, facts.decode())


ACCEPTED = Line('VALIDATED', '', otherwise=rejection_of([DUPLICATE]))


class Validator(BatchStep):
    stage = 'validator'

    def decoder(self):
        return order_decoder(self.contract['limits'])

    def lookup(self, entries):
        orders = [entry.order for entry in entries]
        addresses = [stored_addresses(order.ip_address) for order in orders]
        return self.metastore.ask(
            'validate',
            [
                *claimants([entry.record for entry in entries]),
                texts([order.order_id for order in orders]),
                texts([order.message_id for order in orders]),
                numbers([entry.created_at for entry in entries]),
                numbers([content_number(entry.record.value) for entry in entries]),
                texts([order.customer_id for order in orders]),
                texts([address for address, _ in addresses]),
                texts([order.from_location_id for order in orders]),
                texts([order.to_location_id for order in orders]),
                texts([embedded for _, embedded in addresses]),
            ],
        )

    def decide(self, entry, fact):
        claim = fact[0]
        if claim == 'REDELIVERY':
            return None
        if claim == 'REUSED':
            error = 'the message id came before, with another order or another content of this one'
            return aside('MESSAGE_ID_REUSED', error)._replace(about=about_of(entry.record))
        violations = violations_of(entry, *fact)
        return rejection_of(violations) if violations else ACCEPTED

    def outcome_of(self, entry, line):
        key = entry.order.order_id.encode()
        if line.status == 'VALIDATED':
            return Output('valid_order', key, entry.record.value)
        rejected = v1.RejectedOrder(order=entry.order, rejections=orjson.loads(line.facts))
        return Output('rejected_order', key, rejected.SerializeToString())
