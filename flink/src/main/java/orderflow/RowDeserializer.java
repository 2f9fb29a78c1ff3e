package orderflow;

import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.schemas.Schema;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.sdk.values.Row;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.joda.time.Instant;

/** A record of Kafka as a row at the time of the record: topic, partition, offset, timestamp, key, value, headers. */
final class RowDeserializer implements KafkaRecordDeserializationSchema<WindowedValue<Row>> {
  private static final long serialVersionUID = 1L;

  private final Schema schema;
  private final Schema headerSchema;
  private final TypeInformation<WindowedValue<Row>> type;

  /** The schema has the fields above, in this order. */
  RowDeserializer(Schema schema, TypeInformation<WindowedValue<Row>> type) {
    this.schema = schema;
    this.headerSchema = schema.getField("headers").getType().getCollectionElementType().getRowSchema();
    this.type = type;
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<WindowedValue<Row>> out) {
    List<Row> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add(Row.withSchema(headerSchema).attachValues(header.key(), header.value()));
    }
    Row row =
        Row.withSchema(schema)
            .attachValues(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestamp(),
                record.key(),
                record.value(),
                headers);
    out.collect(WindowedValue.timestampedValueInGlobalWindow(row, new Instant(record.timestamp())));
  }

  @Override
  public TypeInformation<WindowedValue<Row>> getProducedType() {
    return type;
  }
}
