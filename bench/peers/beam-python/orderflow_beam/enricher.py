"""The enricher: the locations' names and regions, and the region of the address."""
import orjson

import orders_pb2 as v1
from orderflow_beam.addresses import stored_addresses
from orderflow_beam.batch_step import BatchStep, Output, aside
from orderflow_beam.decoding import order_decoder
from orderflow_beam.metastore import Line, texts


class Enricher(BatchStep):
    stage = 'enricher'

    def decoder(self):
        return order_decoder(self.contract['limits'])

    def lookup(self, entries):
        orders = [entry.order for entry in entries]
        addresses = [stored_addresses(order.ip_address) for order in orders]
        return self.metastore.ask(
            'enrich',
            [
                texts([order.from_location_id for order in orders]),
                texts([order.to_location_id for order in orders]),
                texts([address for address, _ in addresses]),
                texts([embedded for _, embedded in addresses]),
            ],
        )

    def decide(self, entry, fact):
        from_id, from_name, from_region, to_id, to_name, to_region, ip_region = fact
        if from_id is None or to_id is None:
            unknown = [
                f'{name} {location_id}'
                for name, known, location_id in [
                    ('from_location_id', from_id, entry.order.from_location_id),
                    ('to_location_id', to_id, entry.order.to_location_id),
                ]
                if known is None
            ]
            return aside('UNKNOWN_LOCATION', f"not in the reference data: {', '.join(unknown)}")
        found = orjson.dumps([from_name, from_region, to_name, to_region, ip_region or ''])
        return Line('ENRICHED', '', found.decode())

    def outcome_of(self, entry, line):
        order = entry.order
        from_name, from_region, to_name, to_region, ip_region = orjson.loads(line.facts)
        enriched = v1.EnrichedOrder(
            order=order,
            from_location=v1.Location(location_id=order.from_location_id, name=from_name, region=from_region),
            to_location=v1.Location(location_id=order.to_location_id, name=to_name, region=to_region),
            ip_region=ip_region,
        )
        return Output('enriched_order', order.order_id.encode(), enriched.SerializeToString())
