"""The router: by order type and destination, who fulfils the order."""
import orders_pb2 as v1
from orderflow_beam.batch_step import BatchStep, Output, aside
from orderflow_beam.decoding import enriched_decoder
from orderflow_beam.metastore import Line, texts


class Router(BatchStep):
    stage = 'router'

    def decoder(self):
        return enriched_decoder(self.contract['limits'])

    def lookup(self, entries):
        return self.metastore.ask(
            'route',
            [
                texts([v1.OrderType.Name(entry.order.order_type) for entry in entries]),
                texts([entry.message.to_location.region for entry in entries]),
            ],
        )

    def decide(self, entry, fact):
        route, partner_id = fact
        if route is not None:
            return Line('ROUTED', f'{route} {partner_id}' if partner_id else route)
        order_type = v1.OrderType.Name(entry.order.order_type)
        destination = entry.message.to_location.region or 'a location without a region'
        return aside('NO_ROUTE', f'no route for {order_type} to {destination}')

    def outcome_of(self, entry, line):
        route, _, partner_id = line.detail.partition(' ')
        routed = v1.RoutedOrder(enriched_order=entry.message, route=route, partner_id=partner_id)
        topic = 'internal_order' if route == 'INTERNAL' else 'external_order'
        return Output(topic, entry.order.order_id.encode(), routed.SerializeToString())
