package org.apache.flink.connector.kafka.sink;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;

/**
 * Flink's KafkaSink, at least once, whose writers end at once.
 *
 * A writer that is closed gives Flink's producer an hour for the records that Kafka has not taken, each of which it tries for two minutes. But who is closed
 * after a failure need not write them: they come again from the checkpoint. While Kafka lets nobody in with the password that the producer was made
 * with, the job waited for them before it could start again with the new one. An orderly end has flushed before it closes.
 *
 * In this package for the sake of the constructors and getCurrentProducer(), which Flink's classes keep to it. Its state is that of a KafkaSink.
 */
public final class PromptKafkaSink<IN> extends KafkaSink<IN> {
  /** What KafkaSinkBuilder has where none is set. Without transactions it only stands in the state. */
  private static final String TRANSACTIONAL_ID_PREFIX = "kafka-sink";

  private final KafkaRecordSerializationSchema<IN> serializer;

  /** `client`: the settings of Kafka's producer. */
  public PromptKafkaSink(Properties client, KafkaRecordSerializationSchema<IN> serializer) {
    super(
        DeliveryGuarantee.AT_LEAST_ONCE,
        KafkaSink.<IN>builder()
            .setKafkaProducerConfig(client)
            .setRecordSerializer(serializer)
            .build()
            .getKafkaProducerConfig(),
        TRANSACTIONAL_ID_PREFIX,
        serializer);
    this.serializer = serializer;
  }

  @Override
  public KafkaWriter<IN> createWriter(Sink.InitContext context) throws IOException {
    return restoreWriter(context, List.of());
  }

  @Override
  public KafkaWriter<IN> restoreWriter(Sink.InitContext context, Collection<KafkaWriterState> state) throws IOException {
    SerializationSchema.InitializationContext schemaContext = context.asSerializationSchemaInitializationContext();
    return new KafkaWriter<>(
        DeliveryGuarantee.AT_LEAST_ONCE,
        getKafkaProducerConfig(),
        TRANSACTIONAL_ID_PREFIX,
        context,
        serializer,
        schemaContext,
        state) {
      @Override
      public void close() throws Exception {
        getCurrentProducer().close(Duration.ZERO);
        try {
          super.close();
        } catch (IOException givenUp) {
          // Records that were not written, which is as it is to be.
        }
      }
    };
  }
}
