"""Orders that are good in the installation whose reference data are given, and facts of these data."""

import ipaddress
import time
import uuid
from datetime import timedelta

import wire

FIELDS = {"customer_id": 4, "created_at": 8}


class Shop:
    """`reference` is what `orderflow reference load` takes; `name` makes the ids of a case its own."""

    def __init__(self, pb, reference, name):
        self.pb = pb
        self.name = name
        self.now = int(time.time())
        self.defaulter = reference["paymentDefaulters"][0]
        networks = [ipaddress.ip_network(network) for network in reference["fraudNetworks"]]
        self.listed_ipv4 = str(next(network for network in networks if network.version == 4)[0])
        self.listed_ipv6 = str(next(network for network in networks if network.version == 6)[0])
        self.address = next(
            address
            for address in (f"10.{number}.2.3" for number in range(256))
            if not any(ipaddress.ip_address(address) in network for network in networks if network.version == 4)
        )
        self._reference = reference
        self._routes = {(each["orderType"], each["destination"]): each["route"] for each in reference["routes"]}

    def new_id(self, text):
        return f"FOREIGN-{self.name}-{uuid.uuid4().hex[:12]}-{text}"

    def _between(self, route):
        """Two locations with a known way between them, such that a STANDARD order is routed so; any way where `route` is empty."""
        ways = {(each["fromRegion"], each["toRegion"]) for each in self._reference["leadTimes"]}
        for to in self._reference["locations"]:
            own = self._routes.get(("STANDARD", to["region"])) or self._routes.get(("STANDARD", "*"))
            if own and route in ("", own):
                for origin in self._reference["locations"]:
                    if (origin["region"], to["region"]) in ways:
                        return origin["locationId"], to["locationId"]
        raise SystemExit(f"the reference data have no way for an {route} order")

    def order(
        self, to="", lines=1, quantity=1, unit_price=1_999, created_seconds=None, promised_in=timedelta(days=60), **fields
    ):
        """A good order but for what is given."""
        origin, destination = self._between(to)
        order = self.pb.Order(
            message_id=str(uuid.uuid4()),
            order_id=self.new_id("order"),
            order_type="STANDARD",
            customer_id="C-FOREIGN",
            ip_address=self.address,
            from_location_id=origin,
            to_location_id=destination,
            currency="EUR",
            payment_method="CARD",
            lines=[self.pb.OrderLine(sku="SKU-1", quantity=quantity, unit_price=unit_price)] * lines,
        )
        order.created_at.seconds = self.now if created_seconds is None else created_seconds
        order.promised_by.seconds = self.now + int(promised_in.total_seconds())
        for name, value in fields.items():
            setattr(order, name, value)
        return order

    def encoded(self, without=""):
        """The bytes of a good order; without one of the FIELDS."""
        return b"".join(
            field
            for field in wire.fields(self.order().SerializeToString())
            if not without or field[0] >> 3 != FIELDS[without]
        )
