/**
 * THE table of who may do what in the metastore: role by table by operation, no more than the code asks for (docs/decisions/0040). grants.ts makes
 * PostgreSQL's grants the same. The owner of the tables stands in none of the rows: it migrates, and makes and drops partitions.
 *
 * A partition has no rights of its own: everybody goes through its table, so that one that is made tonight needs no grants.
 */
import { type Principal } from '../model/principals.js';
import { stageNames, type StageName } from '../model/stages.js';

/** Whoever has a role, but the owner. Druid has none: it reads Kafka alone. */
export const grantees = [...stageNames, 'generator', 'operator', 'auditor', 'page'] as const satisfies Principal[];
export type Grantee = (typeof grantees)[number];
/** All that have a role. */
export const roles = [...grantees, 'owner'] as const satisfies Principal[];

/** On all columns, or on these. */
type Columns = true | readonly string[];
export interface Rights {
  readonly select?: Columns;
  readonly insert?: true;
  readonly update?: readonly string[];
  readonly delete?: true;
}
type Row = Partial<Record<Grantee, Rights>>;

const reads = { select: true } as const;
const adds = { select: true, insert: true } as const;
/** A claim that is held already is returned by an update that changes nothing: validation.ts. */
const claims = (...columns: string[]) => ({ ...adds, update: columns });

const each = (names: readonly StageName[], rights: Rights): Row =>
  Object.fromEntries(names.map((name) => [name, rights]));
const stagesOnly = (rights: Rights) => each(stageNames, rights);
const claiming = each(['validator', 'external-processor', 'aggregator'], claims('topic'));

/** Of what waits for its partner, all but the order itself, which holds personal data. */
const parkedColumns = [
  ...['order_id', 'attempt', 'message_id', 'partner_id', 'created_at', 'parked_at', 'leased_until'],
  ...['tries', 'next_try_at', 'last_answer', 'given_up'],
] as const;

/** Tables and views. One that stands here without anybody is the owner's alone. */
export const rights: Readonly<Record<string, Row>> = {
  // What the rules, the enricher and the router look up.
  locations: { validator: reads, enricher: reads, page: reads, operator: claims('name', 'region') },
  lead_times: { validator: reads, operator: claims('minutes') },
  fraud_networks: { validator: reads, operator: adds },
  payment_defaulters: { validator: reads, operator: adds },
  order_cancellations: { validator: reads, page: reads, operator: adds, generator: { insert: true } },
  ip_regions: { enricher: reads, operator: claims('region') },
  routes: { router: reads, operator: claims('route', 'partner_id') },
  // The history: nobody changes a line.
  status_lines: {
    ...stagesOnly({ select: ['line', 'status', 'detail', 'facts'], insert: true }),
    generator: { select: ['line', 'status', 'detail', 'facts'], insert: true },
    page: reads,
  },
  status_history: { page: reads, operator: reads },
  places: { ...claiming, page: reads },
  message_claims: { validator: claims('release', 'copy'), page: reads },
  order_claims: { validator: claims('publication'), page: reads },
  delivery_claims: { 'external-processor': claims('record', 'is_failed'), page: reads },
  aggregation_claims: { aggregator: claims('release', 'copy', 'is_too_late'), page: reads },
  parked_deliveries: {
    'external-processor': {
      ...claims('leased_until', 'tries', 'last_answer', 'next_try_at'),
      delete: true,
    },
    operator: { select: parkedColumns, update: ['next_try_at', 'given_up'] },
    page: { select: parkedColumns },
  },
  releases: { ...stagesOnly({ select: ['letter', 'number', 'event', 'content'] }), operator: adds, page: reads },
  unread_gaps: { ...stagesOnly(claims('next_offset')), page: reads },
  topic_incarnations: { operator: adds, page: reads },
  job_states: { operator: adds },
  upkeep_runs: { page: reads },
  migrations: {},
};

/** The functions that SQL of ours calls change nothing and see no more than who calls them: whoever has a table may call them. */
export const callers: readonly Grantee[] = grantees.filter((name) => Object.values(rights).some((row) => row[name]));
