package orderflow.druid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Timestamp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.druid.data.input.ColumnsFilter;
import org.apache.druid.data.input.InputEntityReader;
import org.apache.druid.data.input.InputRow;
import org.apache.druid.data.input.InputRowListPlusRawValues;
import org.apache.druid.data.input.InputRowSchema;
import org.apache.druid.data.input.impl.ByteEntity;
import org.apache.druid.data.input.impl.DimensionsSpec;
import org.apache.druid.data.input.impl.TimestampSpec;
import org.apache.druid.indexing.seekablestream.SettableByteEntity;
import org.apache.druid.java.util.common.DateTimes;
import org.apache.druid.java.util.common.parsers.CloseableIterator;
import org.apache.druid.java.util.common.parsers.JSONPathFieldSpec;
import org.apache.druid.java.util.common.parsers.JSONPathFieldType;
import org.apache.druid.java.util.common.parsers.JSONPathSpec;
import org.apache.druid.java.util.common.parsers.ParseException;
import org.junit.jupiter.api.Test;

class ProtobufReaderTest {
  private static final JSONPathSpec FLATTEN =
      new JSONPathSpec(
          false,
          List.of(
              JSONPathFieldSpec.createNestedField("id", "$.order_id"),
              JSONPathFieldSpec.createNestedField("second_sku", "$.lines[1].sku"),
              JSONPathFieldSpec.createNestedField("third_sku", "$.lines[2].sku"),
              JSONPathFieldSpec.createNestedField("all_lines", "$.lines"),
              JSONPathFieldSpec.createRootField("currency"),
              new JSONPathFieldSpec(JSONPathFieldType.TREE, "type", null, List.of("order_type")),
              JSONPathFieldSpec.createJqField("items", "[.lines[].quantity]|add"),
              JSONPathFieldSpec.createJqField("amount", "[.lines[]|.quantity*.unit_price]|add")));

  private static final byte[] ORDER = Schemas.order(Schemas.ORDERS).toByteArray();

  private final SettableByteEntity<ByteEntity> entity = new SettableByteEntity<>();

  @Test
  void pathsJqTreesAndNestedColumns() throws Exception {
    InputRow row = row(reader(Schemas.ORDERS, FLATTEN), order());
    assertEquals(DateTimes.of(Schemas.TIME), row.getTimestamp());
    assertEquals("secret-order", row.getRaw("id"));
    assertEquals("secret-2", row.getRaw("second_sku"));
    assertNull(row.getRaw("third_sku"));
    assertEquals("EUR", row.getRaw("currency"));
    assertEquals("EXPRESS", row.getRaw("type"));
    assertEquals(5L, row.getRaw("items"));
    assertEquals(800L, row.getRaw("amount"));
    assertEquals(
        List.of(
            Map.of("sku", "secret-1", "quantity", 2L, "unit_price", 250L),
            Map.of("sku", "secret-2", "quantity", 3L, "unit_price", 100L)),
        row.getRaw("all_lines"));
    assertEquals("secret-message", row.getRaw("message_id"), "a root field that is no column, as Druid does it");
    assertEquals(
        List.of("id", "second_sku", "third_sku", "all_lines", "currency", "type", "items", "amount"),
        row.getDimensions());
  }

  @Test
  void withoutFlattenSpecEveryFlatFieldIsAColumn() throws Exception {
    InputRow row = row(reader(Schemas.ORDERS, null), order());
    assertEquals(List.of("message_id", "order_id", "order_type", "currency"), row.getDimensions());
  }

  @Test
  void withSchemaDiscoveryNestedFieldsAreColumnsToo() throws Exception {
    DimensionsSpec discovery = DimensionsSpec.builder().useSchemaDiscovery(true).build();
    InputRow row = row(reader(Schemas.ORDERS, null, discovery), order());
    assertEquals(List.of("message_id", "order_id", "order_type", "currency", "lines"), row.getDimensions());
    assertEquals(2, ((List<?>) row.getRaw("lines")).size());
  }

  @Test
  void aNewerWriter() throws Exception {
    Descriptor newer = DescriptorSet.find(Schemas.set(Schemas.NEWER_ORDERS), Schemas.ORDER);
    EnumDescriptor type = newer.getFile().findEnumTypeByName("OrderType");
    DynamicMessage message =
        DynamicMessage.newBuilder(newer)
            .mergeFrom(order())
            .setField(newer.findFieldByName("note"), "new")
            .setField(newer.findFieldByName("order_type"), type.findValueByName("DRONE"))
            .build();
    InputRow row = row(reader(Schemas.ORDERS, FLATTEN), message.toByteArray());
    assertEquals("3", row.getRaw("type"));
    assertEquals(800L, row.getRaw("amount"));
    assertNull(row.getRaw("note"));
  }

  @Test
  void anOlderWriter() throws Exception {
    InputRow row = row(reader(Schemas.NEWER_ORDERS, FLATTEN), order());
    assertEquals("EXPRESS", row.getRaw("type"));
    assertEquals("", row.getRaw("note"));
    assertEquals(0.0, ((Map<?, ?>) ((List<?>) row.getRaw("all_lines")).get(0)).get("weight"));
  }

  @Test
  void malformedValuesAreParseExceptionsAndTheReaderGoesOn() throws Exception {
    InputEntityReader reader = reader(Schemas.ORDERS, FLATTEN);
    byte[] good = order();
    fails(reader, "empty value", new byte[0]);
    fails(reader, "the input ended unexpectedly", Arrays.copyOf(good, good.length - 3));
    fails(reader, "invalid tag (zero)", new byte[] {0});
    fails(reader, "invalid wire type", new byte[] {0x0f});
    fails(reader, "malformed varint", bytes(0x18, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255));
    fails(reader, "negative size", bytes(0x0a, 255, 255, 255, 255, 15));
    fails(reader, "the input ended unexpectedly", bytes(0x0a, 255, 255, 255, 255, 7));
    fails(reader, "invalid UTF-8", bytes(0x12, 2, 0xc3, 0x28));
    fails(reader, "end-group tag did not match", bytes(0x0c));
    fails(reader, "too many levels of nesting", deep(100_000));
    fails(reader, "no time that the timestampSpec accepts in column [created_at]", without("created_at"));
    fails(
        reader,
        "created_at is not a valid google.protobuf.Timestamp",
        withTime(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE).build()));
    assertEquals("secret-order", row(reader, good).getRaw("id"));
  }

  @Test
  void aFieldThatCannotBeEvaluatedIsAParseException() {
    JSONPathFieldSpec wrongType = JSONPathFieldSpec.createJqField("sum", ".order_id * .lines");
    JSONPathFieldSpec endless = JSONPathFieldSpec.createJqField("sum", "def f: [f]; f");
    fails(
        reader(Schemas.ORDERS, new JSONPathSpec(false, List.of(wrongType))),
        "the flattenSpec's field [sum] cannot be evaluated",
        order());
    fails(reader(Schemas.ORDERS, new JSONPathSpec(false, List.of(endless))), "nested too deeply", order());
  }

  @Test
  void anOrderWithoutLinesHasNoItems() throws Exception {
    InputRow row = row(reader(Schemas.ORDERS, FLATTEN), without("lines"));
    assertNull(row.getRaw("items"));
    assertEquals(List.of(), row.getRaw("all_lines"));
  }

  @Test
  void samplesShowRawValues() throws Exception {
    InputEntityReader reader = reader(Schemas.ORDERS, FLATTEN);
    InputRowListPlusRawValues good = sample(reader, order());
    assertNull(good.getParseException());
    assertEquals(5L, good.getInputRows().get(0).getRaw("items"));
    assertEquals("EXPRESS", good.getRawValues().get("order_type"));
    assertEquals(2, ((List<?>) good.getRawValues().get("lines")).size());

    InputRowListPlusRawValues bad = sample(reader, Arrays.copyOf(order(), 20));
    assertNull(bad.getRawValues());
    assertHarmless(bad.getParseException());

    InputRowListPlusRawValues timeless = sample(reader, without("created_at"));
    assertEquals("secret-order", timeless.getRawValues().get("order_id"));
    assertHarmless(timeless.getParseException());
  }

  @Test
  void anEntityThatCannotBeReadIsAnIoException() {
    ByteEntity unreadable =
        new ByteEntity(new byte[0]) {
          @Override
          public InputStream open() {
            return new InputStream() {
              @Override
              public int read() throws IOException {
                throw new IOException("disk");
              }
            };
          }
        };
    ProtobufInputFormat format = new ProtobufInputFormat(Schemas.set(Schemas.ORDERS), Schemas.ORDER, FLATTEN, false);
    InputEntityReader reader = format.createReader(schema(DimensionsSpec.EMPTY), unreadable, null);
    assertThrows(IOException.class, reader::read);
  }

  @Test
  void randomBytesAreARowOrAParseException() throws Exception {
    Random random = new Random(2);
    InputEntityReader reader = reader(Schemas.ORDERS, FLATTEN);
    for (int i = 0; i < 10_000; i++) {
      byte[] value = new byte[random.nextInt(64)];
      random.nextBytes(value);
      rowOrParseException(reader, value);
    }
  }

  @Test
  void mutatedMessagesAreARowOrAParseException() throws Exception {
    Random random = new Random(3);
    InputEntityReader reader = reader(Schemas.ORDERS, FLATTEN);
    int rows = 0;
    for (int i = 0; i < 10_000; i++) {
      byte[] value = order();
      for (int n = random.nextInt(4); n >= 0; n--) {
        value[random.nextInt(value.length)] = (byte) random.nextInt(256);
      }
      if (random.nextInt(4) == 0) {
        value = Arrays.copyOf(value, random.nextInt(value.length));
      }
      rows += rowOrParseException(reader, value);
    }
    assertTrue(rows > 1_000 && rows < 9_000, "both must happen: " + rows);
  }

  private InputEntityReader reader(FileDescriptorProto file, JSONPathSpec flatten) {
    return reader(file, flatten, DimensionsSpec.EMPTY);
  }

  private InputEntityReader reader(FileDescriptorProto file, JSONPathSpec flatten, DimensionsSpec dimensions) {
    return new ProtobufInputFormat(Schemas.set(file), Schemas.ORDER, flatten, false)
        .createReader(schema(dimensions), entity, null);
  }

  private static InputRowSchema schema(DimensionsSpec dimensions) {
    return new InputRowSchema(new TimestampSpec("created_at", "iso", null), dimensions, ColumnsFilter.all());
  }

  private InputRow row(InputEntityReader reader, byte[] value) throws IOException {
    entity.setEntity(new ByteEntity(value));
    try (CloseableIterator<InputRow> rows = reader.read()) {
      InputRow row = rows.next();
      assertFalse(rows.hasNext());
      return row;
    }
  }

  private InputRowListPlusRawValues sample(InputEntityReader reader, byte[] value) throws IOException {
    entity.setEntity(new ByteEntity(value));
    try (CloseableIterator<InputRowListPlusRawValues> rows = reader.sample()) {
      return rows.next();
    }
  }

  private int rowOrParseException(InputEntityReader reader, byte[] value) throws IOException {
    try {
      InputRow row = row(reader, value);
      row.getDimensions().forEach(row::getRaw);
      return 1;
    } catch (ParseException e) {
      assertHarmless(e);
      return 0;
    }
  }

  private void fails(InputEntityReader reader, String problem, byte[] value) {
    ParseException e = assertThrows(ParseException.class, () -> row(reader, value));
    assertTrue(e.getMessage().startsWith(Schemas.ORDER + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(problem), e.getMessage());
    assertEquals(Schemas.ORDER + " of " + value.length + " bytes", e.getInput());
    assertHarmless(e);
  }

  /** Nothing of the record in the message, the input or the causes. */
  private static void assertHarmless(ParseException e) {
    assertFalse(String.valueOf(e.getInput()).contains("secret"), e::getInput);
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      assertFalse(cause.toString().contains("secret"), cause::toString);
    }
  }

  private static byte[] order() {
    return ORDER.clone();
  }

  private static byte[] without(String field) {
    DynamicMessage order = Schemas.order(Schemas.ORDERS);
    return order.toBuilder().clearField(order.getDescriptorForType().findFieldByName(field)).build().toByteArray();
  }

  /** The last one on the wire wins. */
  private static byte[] withTime(Timestamp time) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(order());
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeMessage(8, time);
    out.flush();
    return bytes.toByteArray();
  }

  /** An unknown field that is a group in a group in a group ... */
  private static byte[] deep(int levels) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    for (int level = 0; level < levels; level++) {
      out.writeTag(99, 3);
    }
    out.flush();
    return bytes.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
