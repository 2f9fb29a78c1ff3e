package orderflow;

import java.io.IOException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.synchronization.FutureCompletingBlockingQueue;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.reader.KafkaRecordEmitter;
import org.apache.flink.connector.kafka.source.reader.KafkaSourceReader;
import org.apache.flink.connector.kafka.source.reader.TopicSplitReader;
import org.apache.flink.connector.kafka.source.reader.fetcher.KafkaSourceFetcherManager;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.util.UserCodeClassLoader;
import org.apache.flink.metrics.MetricGroup;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.sdk.values.Row;

/**
 * Flink's own source of Kafka, but for its reader: that is TopicSplitReader, which skips nothing silently. Its state is that of Flink's.
 */
final class TopicSource
    implements Source<WindowedValue<Row>, KafkaPartitionSplit, KafkaSourceEnumState>,
        ResultTypeQueryable<WindowedValue<Row>> {
  private static final long serialVersionUID = 1L;

  private final KafkaSource<WindowedValue<Row>> flinks;
  private final Properties properties;
  private final TopicIdentity identity;
  private final RowDeserializer deserializer;

  TopicSource(TopicIdentity identity, OffsetsInitializer start, RowDeserializer deserializer, Properties properties) {
    this.identity = identity;
    this.deserializer = deserializer;
    this.flinks =
        KafkaSource.<WindowedValue<Row>>builder()
            .setProperties(properties)
            .setKafkaSubscriber(new TopicSubscriber(identity))
            .setStartingOffsets(start)
            .setDeserializer(deserializer)
            .build();
    this.properties = new Properties();
    this.properties.putAll(properties);
    this.properties.setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    this.properties.setProperty(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    this.properties.setProperty(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    this.properties.setProperty(
        KafkaSourceOptions.CLIENT_ID_PREFIX.key(), properties.getProperty(ConsumerConfig.GROUP_ID_CONFIG));
  }

  /** As KafkaSource does it, which leaves no other way to have a reader of one's own. */
  @Override
  public SourceReader<WindowedValue<Row>, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    deserializer.open(
        new DeserializationSchema.InitializationContext() {
          @Override
          public MetricGroup getMetricGroup() {
            return context.metricGroup().addGroup("deserializer");
          }

          @Override
          public UserCodeClassLoader getUserCodeClassLoader() {
            return context.getUserCodeClassLoader();
          }
        });
    FutureCompletingBlockingQueue<RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>>> queue =
        new FutureCompletingBlockingQueue<>();
    KafkaSourceReaderMetrics metrics = new KafkaSourceReaderMetrics(context.metricGroup());
    Configuration configuration = new Configuration();
    properties.stringPropertyNames().forEach(key -> configuration.setString(key, properties.getProperty(key)));
    return new KafkaSourceReader<>(
        queue,
        new PromptCommits(
            queue, () -> new TopicSplitReader(properties, context, metrics, identity, deserializer.gaps())),
        new KafkaRecordEmitter<>(deserializer),
        configuration,
        context,
        metrics);
  }

  @Override
  public Boundedness getBoundedness() {
    return flinks.getBoundedness();
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) {
    return flinks.createEnumerator(context);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState state) throws IOException {
    return flinks.restoreEnumerator(context, state);
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return flinks.getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
    return flinks.getEnumeratorCheckpointSerializer();
  }

  @Override
  public TypeInformation<WindowedValue<Row>> getProducedType() {
    return deserializer.getProducedType();
  }

  /**
   * Commits when a checkpoint is complete. Flink's own leaves a commit to the thread that reads, which asks Kafka for the next records
   * first: on a topic that nobody writes to for 10 s (KafkaPartitionSplitReader.POLL_TIMEOUT), and for good where the job is stopped meanwhile.
   */
  private static final class PromptCommits extends KafkaSourceFetcherManager {
    /** Of the newest thread that reads: there is one at a time. */
    private final AtomicReference<SplitReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit>> reader;

    PromptCommits(
        FutureCompletingBlockingQueue<RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>>> queue,
        Supplier<SplitReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit>> readers) {
      this(queue, readers, new AtomicReference<>());
    }

    private PromptCommits(
        FutureCompletingBlockingQueue<RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>>> queue,
        Supplier<SplitReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit>> readers,
        AtomicReference<SplitReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit>> reader) {
      super(
          queue,
          () -> {
            reader.set(readers.get());
            return reader.get();
          },
          finished -> {});
      this.reader = reader;
    }

    @Override
    public void commitOffsets(Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
      super.commitOffsets(offsets, callback);
      SplitReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> waiting = reader.get();
      if (waiting != null) {
        waiting.wakeUp();
      }
    }
  }
}
