package orderflow;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

/**
 * Where a job without state begins: at the group's committed offsets, or at the first record since a time where that is before them. A
 * partition of which the group has committed nothing is read from its beginning.
 */
final class StartingOffsets implements OffsetsInitializer {
  private static final long serialVersionUID = 1L;

  private final Long sinceMillis;

  /** Milliseconds since the epoch, or null for the committed offsets alone. */
  StartingOffsets(Long sinceMillis) {
    this.sinceMillis = sinceMillis;
  }

  @Override
  public Map<TopicPartition, Long> getPartitionOffsets(
      Collection<TopicPartition> partitions, PartitionOffsetsRetriever retriever) {
    Map<TopicPartition, Long> committed = retriever.committedOffsets(partitions);
    Map<TopicPartition, Long> asked = new HashMap<>();
    if (sinceMillis != null) partitions.forEach(partition -> asked.put(partition, sinceMillis));
    Map<TopicPartition, OffsetAndTimestamp> since = retriever.offsetsForTimes(asked);
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (TopicPartition partition : partitions) {
      Long next = committed.get(partition);
      OffsetAndTimestamp first = since.get(partition);
      if (next == null) offsets.put(partition, KafkaPartitionSplit.EARLIEST_OFFSET);
      else offsets.put(partition, first == null ? next : Math.min(next, first.offset()));
    }
    return offsets;
  }

  @Override
  public OffsetResetStrategy getAutoOffsetResetStrategy() {
    return OffsetResetStrategy.EARLIEST;
  }
}
