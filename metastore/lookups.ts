/** What the enricher and the router look up in PostgreSQL. Nothing is changed. */
import { isIPv4 } from 'node:net';
import { formatAddress, parseAddress } from './addresses.js';
import type { RunStatement } from './connection.js';
import { embeddedIn } from './embedded-address.js';
import type { EnrichmentFacts, EnrichmentQuery, LocationFacts, RouteFacts, RouteQuery } from './metastore.js';

/** The text of an address as PostgreSQL takes it, or null where there is none: nothing is known of it then. */
export function storedAddress(text: string): string | null {
  // It has one form only, and carries no other.
  if (isIPv4(text)) return text;
  const address = parseAddress(text);
  return address && formatAddress(address);
}

/** The same of the IPv4 address that it carries. */
export function storedEmbedded(text: string): string | null {
  if (isIPv4(text)) return null;
  const address = parseAddress(text);
  const embedded = address && embeddedIn(address);
  return embedded && formatAddress(embedded);
}

/** Of the network that holds the address of the batch's row `b`, or else the one that it carries: the most specific one's column. */
export const ofNetwork = (table: string, column: string) => {
  const of = (address: string) =>
    `(SELECT t.${column} FROM ${table} t WHERE t.network >>= b.${address} ORDER BY masklen(t.network) DESC LIMIT 1)`;
  return `coalesce(${of('address')}, ${of('embedded')})`;
};

const enrichmentStatement = `
SELECT
  origin.location_id AS "fromId", origin.name AS "fromName", origin.region AS "fromRegion",
  destination.location_id AS "toId", destination.name AS "toName", destination.region AS "toRegion",
  ${ofNetwork('ip_regions', 'region')} AS "ipRegion"
FROM unnest($1::text[], $2::text[], $3::inet[], $4::inet[]) WITH ORDINALITY
  AS b(from_location, to_location, address, embedded, n)
LEFT JOIN locations origin ON origin.location_id = b.from_location
LEFT JOIN locations destination ON destination.location_id = b.to_location
ORDER BY b.n`;

interface EnrichmentRow {
  readonly fromId: string | null;
  readonly fromName: string;
  readonly fromRegion: string;
  readonly toId: string | null;
  readonly toName: string;
  readonly toRegion: string;
  readonly ipRegion: string | null;
}

function location(locationId: string | null, name: string, region: string): LocationFacts | null {
  return locationId === null ? null : { locationId, name, region };
}

/** See Metastore. */
export async function lookupForEnrichment(
  run: RunStatement,
  queries: readonly EnrichmentQuery[],
): Promise<EnrichmentFacts[]> {
  if (queries.length === 0) return [];
  const rows = await run<EnrichmentRow>(enrichmentStatement, [
    queries.map((query) => query.fromLocationId),
    queries.map((query) => query.toLocationId),
    queries.map((query) => storedAddress(query.ipAddress)),
    queries.map((query) => storedEmbedded(query.ipAddress)),
  ]);
  return rows.map((row) => ({
    fromLocation: location(row.fromId, row.fromName, row.fromRegion),
    toLocation: location(row.toId, row.toName, row.toRegion),
    ipRegion: row.ipRegion,
  }));
}

const routeStatement = `
SELECT rule.route, rule.partner_id AS "partnerId"
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS b(order_type, destination, n)
LEFT JOIN LATERAL (
  SELECT r.route, r.partner_id
  FROM routes r
  WHERE r.order_type = b.order_type AND r.destination IN (b.destination, '*')
  ORDER BY r.destination = '*'
  LIMIT 1
) rule ON true
ORDER BY b.n`;

type RouteRow = RouteFacts | { readonly route: null };

/** See Metastore. */
export async function lookupRoutes(run: RunStatement, queries: readonly RouteQuery[]): Promise<(RouteFacts | null)[]> {
  if (queries.length === 0) return [];
  const rows = await run<RouteRow>(routeStatement, [
    queries.map((query) => query.orderType),
    queries.map((query) => query.destination),
  ]);
  return rows.map((row) => (row.route === null ? null : row));
}
