/** What the server answers the page: the forms of /api/…, as JSON. Times are milliseconds since the epoch. */
import type { MeasureName, StreamName, Unit } from './model.js';
import type { Right } from './rights.js';
import type { CubeState } from './state.js';

/** A column of numbers: one per measure, of `amount` one per currency. */
export interface Column {
  readonly id: string;
  readonly measure: MeasureName;
  readonly label: string;
  readonly unit: Unit;
  /** Of money. */
  readonly currency?: string;
  /** An estimate: customers by a sketch, orders and sums over them where there are too many to be counted one by one. */
  readonly isApproximate: boolean;
}

/** Null where there is nothing to measure. */
export type Values = Readonly<Record<string, number | null>>;

export interface CubeRow {
  /** One per split: a dimension's value, '' for none; of time the begin. */
  readonly keys: readonly (string | number)[];
  readonly values: Values;
}

export interface CubeAnswer {
  readonly state: CubeState;
  /** The time range as it was asked for; null where it is open. */
  readonly range: { readonly from: number | null; readonly to: number | null };
  readonly columns: readonly Column[];
  readonly rows: readonly CubeRow[];
  /** The same over all that the filters leave: counts of distinct orders do not add up. */
  readonly totals: Values;
  /** What one has to know to read the numbers, a sentence each. */
  readonly notes: readonly string[];
  /** What does not answer, a sentence each. */
  readonly problems: readonly string[];
  readonly answeredAt: number;
}

/** The state that a query string means. */
export interface StateAnswer {
  readonly state: CubeState;
}

/** The values of a dimension, the most frequent first. */
export interface ValuesAnswer {
  readonly stream: StreamName;
  readonly values: readonly string[];
}

/** A point of a chart over time. */
export type Point = readonly [time: number, value: number | null];

export interface StageFlow {
  readonly name: string;
  readonly input: string;
  /** Records per second that came to its topic, and that it has finished, over the last half minute. Null where it is not known yet. */
  readonly in: number | null;
  readonly out: number | null;
  /** Records that it has not finished. */
  readonly lag: number | null;
  readonly history: { readonly in: readonly Point[]; readonly out: readonly Point[]; readonly lag: readonly Point[] };
}

export interface JobFlow {
  readonly name: string;
  /** Flink's word; null where there is no such job. */
  readonly state: string | null;
  readonly hasStarted: boolean;
  readonly restarts: number;
  readonly failedCheckpoints: number;
  readonly checkpointAgeMs: number | null;
}

export interface FlowAnswer {
  /** How far back `stages` and `rejects` go. */
  readonly since: number;
  /** Null where Kafka does not answer. */
  readonly stages: readonly StageFlow[] | null;
  /** Distinct orders by reason; null where Druid does not answer. */
  readonly rejects:
    readonly { readonly reason: string; readonly orders: number; readonly history: readonly Point[] }[] | null;
  readonly deadLetters:
    readonly { readonly step: string; readonly reason: string; readonly recent: number; readonly all: number }[] | null;
  /** Null where Flink does not answer. */
  readonly jobs: readonly JobFlow[] | null;
  /** Deliveries that wait for their partner; null where PostgreSQL does not answer. */
  readonly parked: { readonly deliveries: number; readonly since: number | null } | null;
  readonly problems: readonly string[];
  readonly answeredAt: number;
}

/** What is known of an order, as metastore/queries.ts tells it. */
export interface StoryAnswer {
  readonly orderId: string;
  readonly publications: readonly StoryPublication[];
  readonly parked: { readonly since: number; readonly leasedUntil: number | null } | null;
  readonly cancelledAt: number | null;
  readonly releases: readonly {
    readonly letter: string;
    readonly number: number;
    readonly claimedAt: number;
    readonly sentAt: number | null;
    readonly by: string;
    readonly why: string;
  }[];
}

export interface StoryPublication {
  readonly messageId: string;
  readonly isAccepted: boolean;
  readonly createdAt: number | null;
  readonly lines: readonly {
    readonly status: string;
    readonly recordedAt: number;
    readonly recordedBy: string;
    readonly detail: string;
    readonly attempt: number;
  }[];
}

/** With status 400, 404 or 503: what is wrong, in one sentence. */
export interface ProblemAnswer {
  readonly problem: string;
}

/** Who asks, and what they may see. */
export interface MeAnswer {
  /** Null where there is no login. */
  readonly name: string | null;
  readonly rights: readonly Right[];
}
