package orderflow;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.beam.model.pipeline.v1.RunnerApi;
import org.apache.beam.runners.flink.FlinkStreamingPortablePipelineTranslator.StreamingTranslationContext;
import org.apache.beam.runners.flink.translation.types.CoderTypeInformation;
import org.apache.beam.runners.fnexecution.translation.PipelineTranslatorUtils;
import org.apache.beam.sdk.coders.RowCoder;
import org.apache.beam.sdk.schemas.Schema;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.sdk.util.construction.NativeTransforms;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.Row;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.kafka.sink.PromptKafkaSink;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * Reading and writing Kafka as transforms of the runner: their payload is JSON, and Flink's connector does the work. What of it is in a
 * savepoint are topics, partitions and offsets; addresses and settings are those of the pipeline that was submitted.
 */
final class KafkaTransforms {
  static final String READ_URN = "orderflow:transform:kafka_read:v1";
  static final String WRITE_URN = "orderflow:transform:kafka_write:v1";

  /**
   * A partition that had no record for so long is left out of the watermark, and so is a reader without any partition. One that has records
   * waiting is read within minutes, or the job restarts and counts anew.
   */
  private static final Duration IDLE = Duration.ofDays(1);

  private static final ObjectMapper JSON = new ObjectMapper();

  private KafkaTransforms() {}

  /**
   * The payload of both: a topic, and the settings of Kafka's client. When reading also, or null: the time of StartingOffsets, the topic's id,
   * what the rows have as their topic, if not its name, and a header of records that are passed over. When writing also, or null: a header of each
   * record, and whether the job can go on without the writing.
   */
  private record Kafka(
      String topic,
      Map<String, String> client,
      Long sinceMs,
      String topicId,
      String incarnation,
      String passOver,
      String header,
      boolean isStateless) {
    static Kafka of(RunnerApi.PTransform transform) {
      try {
        return JSON.readValue(transform.getSpec().getPayload().toByteArray(), Kafka.class);
      } catch (IOException error) {
        throw new UncheckedIOException("the payload of " + transform.getUniqueName(), error);
      }
    }

    Properties properties() {
      Properties properties = new Properties();
      properties.putAll(client);
      return properties;
    }
  }

  /** Begins at the state of a savepoint, or at the starting offsets. */
  static void translateRead(String id, RunnerApi.Pipeline pipeline, StreamingTranslationContext context) {
    RunnerApi.PTransform transform = pipeline.getComponents().getTransformsOrThrow(id);
    Kafka kafka = Kafka.of(transform);
    String output = transform.getOutputsMap().values().iterator().next();
    WindowedValue.FullWindowedValueCoder<Row> coder =
        (WindowedValue.FullWindowedValueCoder<Row>)
            PipelineTranslatorUtils.<Row>instantiateCoder(output, pipeline.getComponents());
    Schema schema = ((RowCoder) coder.getValueCoder()).getSchema();
    CoderTypeInformation<WindowedValue<Row>> type = new CoderTypeInformation<>(coder, context.getPipelineOptions());
    String incarnation = kafka.incarnation() == null ? kafka.topic() : kafka.incarnation();
    TopicSource source =
        new TopicSource(
            new TopicIdentity(kafka.topic(), kafka.topicId()),
            new StartingOffsets(kafka.sinceMs()),
            new RowDeserializer(schema, type, incarnation, kafka.passOver()),
            kafka.properties());
    // By the time of Kafka's records alone: no clock of this machine moves it.
    WatermarkStrategy<WindowedValue<Row>> watermarks =
        WatermarkStrategy.<WindowedValue<Row>>forMonotonousTimestamps().withIdleness(IDLE);
    String name = transform.getUniqueName();
    // Positions in a topic are none in another one of its name: that one is a source of its own to Flink's state.
    String uid = name + incarnation.substring(kafka.topic().length());
    context.addDataStream(
        output, context.getExecutionEnvironment().fromSource(source, watermarks, name, type).uid(uid));
  }

  /** Writes at least once: what was written before a checkpoint has been acknowledged when it is complete. */
  static void translateWrite(String id, RunnerApi.Pipeline pipeline, StreamingTranslationContext context) {
    RunnerApi.PTransform transform = pipeline.getComponents().getTransformsOrThrow(id);
    Kafka kafka = Kafka.of(transform);
    String topic = kafka.topic();
    DataStream<WindowedValue<KV<byte[], byte[]>>> records =
        context.getDataStreamOrThrow(transform.getInputsMap().values().iterator().next());
    String header = kafka.header();
    PromptKafkaSink<WindowedValue<KV<byte[], byte[]>>> sink =
        new PromptKafkaSink<>(
            kafka.properties(),
            (element, sinkContext, timestamp) ->
                new ProducerRecord<>(
                    topic, null, element.getValue().getKey(), element.getValue().getValue(), headersOf(header)));
    String name = transform.getUniqueName();
    // The state of the others is as empty of meaning; but savepoints have it, and a job that has no place for it is refused.
    Sink<WindowedValue<KV<byte[], byte[]>>> kept = kafka.isStateless() ? new StatelessSink<>(sink) : sink;
    records.sinkTo(kept).name(name).uid(name);
  }

  /** Made for each record: a header cannot travel with the sink. */
  private static List<Header> headersOf(String header) {
    return header == null ? List.of() : List.of(new RecordHeader(header, new byte[0]));
  }

  /** Tells Beam's fuser that these are no composites whose parts are missing. */
  public static final class AreNative implements NativeTransforms.IsNativeTransform {
    @Override
    public boolean test(RunnerApi.PTransform transform) {
      String urn = transform.getSpec().getUrn();
      return READ_URN.equals(urn) || WRITE_URN.equals(urn);
    }
  }
}
