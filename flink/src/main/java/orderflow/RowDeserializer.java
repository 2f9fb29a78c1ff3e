package orderflow;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.beam.sdk.schemas.Schema;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.sdk.values.Row;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.joda.time.Instant;

/**
 * A record of Kafka as a row at the time of the record: topic, partition, offset, timestamp, key, value, headers, and, of the first record
 * behind a gap, the first that was deleted.
 */
final class RowDeserializer implements KafkaRecordDeserializationSchema<WindowedValue<Row>> {
  private static final long serialVersionUID = 1L;

  private final Schema schema;
  private final Schema headerSchema;
  private final TypeInformation<WindowedValue<Row>> type;
  private final String topic;
  private final String passOver;
  private final ConcurrentHashMap<TopicPartition, Long> gaps = new ConcurrentHashMap<>();

  /**
   * The schema has the fields above, in this order. `topic` is what the rows have as theirs: the incarnation. A record with the header `passOver`,
   * if not null, makes no row, unless it has to tell that records are missing before it.
   */
  RowDeserializer(Schema schema, TypeInformation<WindowedValue<Row>> type, String topic, String passOver) {
    this.schema = schema;
    this.topic = topic;
    this.passOver = passOver;
    this.headerSchema = schema.getField("headers").getType().getCollectionElementType().getRowSchema();
    this.type = type;
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<WindowedValue<Row>> out) {
    Long deletedBefore = deletedBefore(record);
    if (passOver != null && deletedBefore == null && record.headers().lastHeader(passOver) != null) return;
    List<Row> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add(Row.withSchema(headerSchema).attachValues(header.key(), header.value()));
    }
    Row row =
        Row.withSchema(schema)
            .attachValues(
                topic,
                record.partition(),
                record.offset(),
                record.timestamp(),
                record.key(),
                record.value(),
                headers,
                deletedBefore);
    out.collect(WindowedValue.timestampedValueInGlobalWindow(row, new Instant(record.timestamp())));
  }

  /** Where it is to be told that records are missing, by partition: the first one. */
  Map<TopicPartition, Long> gaps() {
    return gaps;
  }

  private Long deletedBefore(ConsumerRecord<byte[], byte[]> record) {
    if (gaps.isEmpty()) return null;
    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
    Long first = gaps.get(partition);
    // Records from before the gap may still be on their way.
    if (first == null || record.offset() < first) return null;
    gaps.remove(partition);
    return first;
  }

  @Override
  public TypeInformation<WindowedValue<Row>> getProducedType() {
    return type;
  }
}
