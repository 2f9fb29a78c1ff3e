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
  payment_defaulters: { validator: reads, operator: { ...adds, delete: true } },
  order_cancellations: { validator: reads, page: reads, operator: adds, generator: { insert: true } },
  ip_regions: { enricher: reads, operator: claims('region') },
  routes: { router: reads, operator: claims('route', 'partner_id') },
  // The customers' keys, which the KMS alone opens.
  customer_keys: {
    ...each(['enricher', 'external-processor'], reads),
    validator: claims('kms_key'),
    generator: claims('kms_key'),
    operator: claims('customer', 'wrapped', 'kms_key', 'erased_at'),
  },
  customer_index_key: {
    validator: claims('kms_key'),
    generator: claims('kms_key'),
    operator: claims('wrapped', 'kms_key'),
  },
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
  backfills: { operator: adds, page: reads },
  job_states: { operator: adds },
  upkeep_runs: { page: reads },
  // The trail is written by functions alone, which add to it.
  audit_events: { operator: reads, auditor: reads, page: { select: ['seq', 'at'] } },
  audit_anchor: { operator: reads, auditor: reads },
  audit_publication: {
    operator: { select: true, update: ['seq'] },
    auditor: { select: true, update: ['seq'] },
    page: reads,
  },
  audit_sources: { auditor: { ...claims('file', 'next_byte', 'head_bytes', 'head_hash'), delete: true } },
  audit_repeats: { auditor: { ...adds, delete: true } },
  migrations: {},
};

/** Functions that change nothing, and see no more than who calls them. */
const plain = [
  ...['key_of', 'publication_key', 'publication_of', 'publication_end', 'line_key', 'line_tail', 'created_millis'],
  ...['id_bytes', 'id_in', 'record_at', 'place_in', 'offset_in', 'is_rejected'],
];

/** Who may call which function. One that stands here without anybody is the owner's alone; triggers need no rights. */
export const callers: Readonly<Record<string, readonly Grantee[]>> = {
  ...Object.fromEntries(plain.map((name) => [name, grantees.filter((grantee) => grantee !== 'auditor')])),
  // Whoever is refused, or changes something, leaves an event: nobody can do more to the trail by it.
  audit_append: ['operator', 'auditor', 'page'],
  audit_forget: [],
  audit_hash: [],
  audit_field: [],
};
