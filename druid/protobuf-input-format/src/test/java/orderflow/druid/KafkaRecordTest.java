package orderflow.druid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Optional;
import org.apache.druid.data.input.ColumnsFilter;
import org.apache.druid.data.input.InputEntityReader;
import org.apache.druid.data.input.InputFormat;
import org.apache.druid.data.input.InputRow;
import org.apache.druid.data.input.InputRowSchema;
import org.apache.druid.data.input.impl.DimensionsSpec;
import org.apache.druid.data.input.impl.TimestampSpec;
import org.apache.druid.data.input.kafka.KafkaRecordEntity;
import org.apache.druid.indexing.seekablestream.SettableByteEntity;
import org.apache.druid.java.util.common.DateTimes;
import org.apache.druid.java.util.common.parsers.CloseableIterator;
import org.apache.druid.java.util.common.parsers.ParseException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** Records as a Kafka task hands them to its reader. */
class KafkaRecordTest {
  private static final ObjectMapper MAPPER = ProtobufInputFormatTest.mapper();
  private static final long WRITTEN = DateTimes.of("2024-01-31T08:15:01Z").getMillis();

  private final SettableByteEntity<KafkaRecordEntity> entity = new SettableByteEntity<>();

  @Test
  void theRowAlsoSaysWhichRecordItIs() throws Exception {
    InputRow row = row(reader("created_at"), Schemas.order(Schemas.ORDERS).toByteArray());
    assertEquals(DateTimes.of(Schemas.TIME), row.getTimestamp());
    assertEquals("secret-order", row.getRaw("order_id"));
    assertEquals(5L, row.getRaw("items"));
    assertEquals(WRITTEN, row.getRaw("kafka.timestamp"));
    assertEquals("valid_order", row.getRaw("kafka.topic"));
    assertEquals(3L, row.getRaw("kafka.partition"));
    assertEquals(17L, row.getRaw("kafka.offset"));
  }

  @Test
  void theRecordsTimeCanBeTheRowsTime() throws Exception {
    InputRow row = row(reader("kafka.timestamp"), Schemas.order(Schemas.ORDERS).toByteArray());
    assertEquals(WRITTEN, row.getTimestampFromEpoch());
  }

  @Test
  void malformedValuesAreParseExceptionsAndTheReaderGoesOn() throws Exception {
    InputEntityReader reader = reader("created_at");
    ParseException empty = assertThrows(ParseException.class, () -> row(reader, new byte[0]));
    assertEquals("orderflow.v1.Order: empty value (Record: 1)", empty.getMessage());
    ParseException malformed =
        assertThrows(ParseException.class, () -> row(reader, new byte[] {0x12, 0x7f, 's', 'e', 'c', 'r', 'e', 't'}));
    assertFalse(malformed.getMessage().contains("secret"));
    assertEquals("secret-order", row(reader, Schemas.order(Schemas.ORDERS).toByteArray()).getRaw("order_id"));
  }

  private InputEntityReader reader(String timeColumn) throws IOException {
    String json =
        String.format(
            """
            {"type":"orderflow-protobuf","descriptorSet":"%s","message":"%s","flattenSpec":{
              "useFieldDiscovery":false,"fields":[
                {"type":"path","name":"order_id","expr":"$.order_id"},
                {"type":"jq","name":"items","expr":"[.lines[].quantity]|add"}]}}
            """,
            Schemas.set(Schemas.ORDERS), Schemas.ORDER);
    InputFormat format = MAPPER.readValue(json, InputFormat.class);
    assertEquals(format, MAPPER.readValue(MAPPER.writeValueAsString(format), InputFormat.class));
    return format.createReader(
        new InputRowSchema(new TimestampSpec(timeColumn, "auto", null), DimensionsSpec.EMPTY, ColumnsFilter.all()),
        entity,
        null);
  }

  private InputRow row(InputEntityReader reader, byte[] value) throws IOException {
    entity.setEntity(
        new KafkaRecordEntity(
            new ConsumerRecord<>(
                "valid_order", 3, 17, WRITTEN, TimestampType.CREATE_TIME, -1, value.length, null, value,
                new RecordHeaders(), Optional.empty())));
    try (CloseableIterator<InputRow> rows = reader.read()) {
      InputRow row = rows.next();
      assertFalse(rows.hasNext());
      return row;
    }
  }
}
