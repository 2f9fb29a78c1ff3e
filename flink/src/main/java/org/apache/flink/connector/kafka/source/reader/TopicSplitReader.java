package org.apache.flink.connector.kafka.source.reader;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import orderflow.TopicIdentity;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flink's reader of Kafka's partitions, which skips nothing silently. Its consumer must have no auto.offset.reset.
 *
 * Where Kafka has deleted the records that come next, it goes on behind them and tells the gap. Where the topic is another one than that
 * which was read, or ends before the position, it reads no more, and fails the job once two checkpoints are complete: what was read of the old
 * topic is in the second one's state then, and nothing else brings it back.
 *
 * In this package for the sake of consumer(), which Flink's class keeps to it.
 */
public final class TopicSplitReader extends KafkaPartitionSplitReader {
  private static final Logger LOG = LoggerFactory.getLogger(TopicSplitReader.class);

  /** So often Kafka is asked for the topic's id, at most. Records that come after a pause are handed on only after it has answered. */
  private static final long CHECK_NANOS = 1_000_000_000L;

  private static final long PATIENCE_SECONDS = 2;
  private static final long PAUSE_MILLIS = 100;

  private final TopicIdentity identity;
  private final Map<TopicPartition, Long> gaps;
  private final Admin admin;
  private Long checkedAt;
  private boolean wasFine;
  private String problem;
  private int checkpoints;

  /** `gaps` takes the first offset of each gap, by partition; who meets a record behind it takes it out. */
  public TopicSplitReader(
      Properties properties,
      SourceReaderContext context,
      KafkaSourceReaderMetrics metrics,
      TopicIdentity identity,
      Map<TopicPartition, Long> gaps) {
    super(properties, context, metrics);
    this.identity = identity;
    this.gaps = gaps;
    this.admin = Admin.create(forAdmin(properties));
  }

  /** What an admin client knows of the consumer's properties: how Kafka is spoken to, and who asks. It takes the rest for mistakes. */
  static Properties forAdmin(Properties properties) {
    Properties known = new Properties();
    for (String name : properties.stringPropertyNames())
      if (AdminClientConfig.configNames().contains(name) || name.startsWith(AbstractConfig.CONFIG_PROVIDERS_CONFIG))
        known.setProperty(name, properties.getProperty(name));
    return known;
  }

  @Override
  public RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> fetch() throws IOException {
    if (problem != null) return pause();
    try {
      RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> records = super.fetch();
      problem = problemOfTopic();
      if (problem == null) {
        wasFine = true;
        return records;
      }
    } catch (InvalidOffsetException error) {
      // Thrown instead of records, never beside some.
      problem = problemOfPositions(error);
      if (problem == null) return nothing();
    } catch (WakeupException error) {
      // By the questions about offsets: the next poll says the same again.
      return nothing();
    }
    LOG.error(problem);
    // There is nothing that a checkpoint does not have yet.
    if (!wasFine) throw new IllegalStateException(problem);
    return nothing();
  }

  private static RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> nothing() {
    return new RecordsBySplits<>(Map.of(), Set.of());
  }

  private static RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
    return nothing();
  }

  /** Null where the topic is the one that it was, or where that cannot be known: it is deleted, or Kafka is away. */
  private String problemOfTopic() {
    long now = System.nanoTime();
    if (checkedAt != null && now - checkedAt < CHECK_NANOS) return null;
    checkedAt = now;
    try {
      return identity.isOf(identity.describe(admin, PATIENCE_SECONDS)) ? null : identity.madeAnew();
    } catch (ExecutionException | TimeoutException error) {
      return null;
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** Goes on where that is possible: behind what was deleted. Null then, else why it is not. */
  private String problemOfPositions(InvalidOffsetException error) {
    checkedAt = null;
    String another = problemOfTopic();
    if (another != null) return another;
    if (!(error instanceof OffsetOutOfRangeException outOfRange)) {
      // Nothing has been read yet.
      consumer().seekToBeginning(error.partitions());
      return null;
    }
    Map<TopicPartition, Long> positions = outOfRange.offsetOutOfRangePartitions();
    Map<TopicPartition, Long> beginnings = consumer().beginningOffsets(positions.keySet());
    for (Map.Entry<TopicPartition, Long> entry : positions.entrySet()) {
      TopicPartition partition = entry.getKey();
      long position = entry.getValue();
      long beginning = beginnings.get(partition);
      if (position >= beginning) {
        return "the next record of %s would be %d, and the topic ends before it: it was made anew, or has lost its newest records: `orderflow topics adopt %s` reads it from its beginning"
            .formatted(partition, position, identity.topic());
      }
      LOG.warn("the records {} to {} of {} were deleted before they were read", position, beginning - 1, partition);
      gaps.putIfAbsent(partition, position);
      consumer().seek(partition, beginning);
    }
    return null;
  }

  /** A state of before may begin a partition at the committed offset: without a reset, nothing may be committed there. */
  @Override
  public void handleSplitsChanges(SplitsChange<KafkaPartitionSplit> change) {
    List<KafkaPartitionSplit> splits = change.splits().stream().map(this::withPosition).toList();
    super.handleSplitsChanges(new SplitsAddition<>(splits));
  }

  private KafkaPartitionSplit withPosition(KafkaPartitionSplit split) {
    if (split.getStartingOffset() != KafkaPartitionSplit.COMMITTED_OFFSET) return split;
    TopicPartition partition = split.getTopicPartition();
    OffsetAndMetadata committed = committed(partition);
    return new KafkaPartitionSplit(
        partition, committed == null ? KafkaPartitionSplit.EARLIEST_OFFSET : committed.offset());
  }

  private OffsetAndMetadata committed(TopicPartition partition) {
    for (; ; ) {
      try {
        return consumer().committed(Set.of(partition)).get(partition);
      } catch (WakeupException error) {
        LOG.debug("woken up, and asks again");
      }
    }
  }

  /** Commits nothing to a topic of which the offsets are not. */
  @Override
  public void notifyCheckpointComplete(
      Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
    if (problem == null) super.notifyCheckpointComplete(offsets, callback);
    else if (++checkpoints == 2) throw new IllegalStateException(problem);
  }

  @Override
  public void close() throws Exception {
    super.close();
    admin.close();
  }
}
