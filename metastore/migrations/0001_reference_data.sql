-- What the rules, the enricher and the router look up.
-- Ids compare byte by byte (collation "C"): the same order everywhere, and faster than a language's.

CREATE TABLE locations (
  location_id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  region text COLLATE "C" NOT NULL
);

CREATE TABLE routes (
  order_type text COLLATE "C" NOT NULL,
  -- A region, or '*' for every region without a rule of its own.
  destination text COLLATE "C" NOT NULL,
  route text NOT NULL CHECK (route IN ('INTERNAL', 'EXTERNAL')),
  partner_id text CHECK ((route = 'EXTERNAL') = (partner_id IS NOT NULL)),
  PRIMARY KEY (order_type, destination)
);

-- IPv4 and IPv6; a single address is a network of 32 or 128 bits.
CREATE TABLE fraud_networks (network cidr PRIMARY KEY);
CREATE INDEX fraud_networks_containment ON fraud_networks USING gist (network inet_ops);

CREATE TABLE payment_defaulters (customer_id text COLLATE "C" PRIMARY KEY);

CREATE TABLE order_cancellations (
  order_id text COLLATE "C" PRIMARY KEY,
  cancelled_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ip_regions (
  network cidr PRIMARY KEY,
  region text COLLATE "C" NOT NULL
);
CREATE INDEX ip_regions_containment ON ip_regions USING gist (network inet_ops);

CREATE TABLE lead_times (
  from_region text COLLATE "C" NOT NULL,
  to_region text COLLATE "C" NOT NULL,
  minutes integer NOT NULL CHECK (minutes >= 0),
  PRIMARY KEY (from_region, to_region)
);
