package orderflow.druid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.apache.druid.data.input.ColumnsFilter;
import org.apache.druid.data.input.InputFormat;
import org.apache.druid.data.input.InputRow;
import org.apache.druid.data.input.InputRowSchema;
import org.apache.druid.data.input.impl.ByteEntity;
import org.apache.druid.data.input.impl.DimensionsSpec;
import org.apache.druid.data.input.impl.TimestampSpec;
import org.apache.druid.java.util.common.parsers.CloseableIterator;
import org.apache.druid.java.util.common.parsers.ParseException;
import org.junit.jupiter.api.Test;

/** Files of records, as a task that fills a datasource reads them. */
class RecordFileTest {
  private static final ObjectMapper MAPPER = ProtobufInputFormatTest.mapper();
  private static final byte[] ORDER = Schemas.order(Schemas.ORDERS).toByteArray();

  @Test
  void eachRecordIsARowThatSaysWhichItIs() throws Exception {
    try (CloseableIterator<InputRow> rows = rows(file(ORDER, ORDER))) {
      for (long offset = 0; offset < 2; offset++) {
        InputRow row = rows.next();
        assertEquals("secret-order", row.getRaw("order_id"));
        assertEquals(3L, row.getRaw("kafka.partition"));
        assertEquals(offset, row.getRaw("kafka.offset"));
        assertEquals(1_700_000_000_000L, row.getRaw("kafka.timestamp"));
      }
      assertFalse(rows.hasNext());
    }
  }

  @Test
  void whatIsNoMessageIsAParseExceptionAndTheNextIsRead() throws Exception {
    try (CloseableIterator<InputRow> rows = rows(file(new byte[] {0x12, 0x7f}, new byte[0], ORDER))) {
      assertThrows(ParseException.class, rows::next);
      assertThrows(ParseException.class, rows::next);
      assertTrue(rows.hasNext());
      assertEquals("secret-order", rows.next().getRaw("order_id"));
    }
  }

  @Test
  void aFileThatEndsTooSoonFailsTheTask() throws Exception {
    byte[] whole = file(ORDER);
    try (CloseableIterator<InputRow> rows = rows(Arrays.copyOf(whole, whole.length - 1))) {
      assertThrows(UncheckedIOException.class, rows::next);
    }
    try (CloseableIterator<InputRow> rows = rows("no file of records, but a text".getBytes())) {
      assertThrows(UncheckedIOException.class, rows::next);
    }
  }

  private static byte[] file(byte[]... values) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream file = new DataOutputStream(bytes);
    for (int offset = 0; offset < values.length; offset++) {
      file.writeInt(3);
      file.writeLong(offset);
      file.writeLong(1_700_000_000_000L);
      file.writeInt(values[offset].length);
      file.write(values[offset]);
    }
    return bytes.toByteArray();
  }

  private static CloseableIterator<InputRow> rows(byte[] file) throws IOException {
    String json =
        String.format(
            """
            {"type":"orderflow-protobuf","descriptorSet":"%s","message":"%s","records":true,"flattenSpec":{
              "useFieldDiscovery":false,"fields":[{"type":"path","name":"order_id","expr":"$.order_id"}]}}
            """,
            Schemas.set(Schemas.ORDERS), Schemas.ORDER);
    InputFormat format = MAPPER.readValue(json, InputFormat.class);
    assertEquals(format, MAPPER.readValue(MAPPER.writeValueAsString(format), InputFormat.class));
    InputRowSchema schema =
        new InputRowSchema(new TimestampSpec("created_at", "auto", null), DimensionsSpec.EMPTY, ColumnsFilter.all());
    return format.createReader(schema, new ByteEntity(file), null).read();
  }
}
