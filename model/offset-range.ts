/** A part of what a bounded pipeline reads of a topic: offsets of a partition, `to` exclusive. */
export interface OffsetRange {
  /** 0, 1, 2… of the pipeline's ranges. */
  readonly index: number;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** A file of the archive that has them, where Kafka has them no more: its path. */
  readonly file?: string;
}
