package orderflow.druid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Timestamp;
import org.apache.druid.java.util.common.parsers.ParseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageToJsonTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Descriptor KINDS = DescriptorSet.find(Schemas.set(Schemas.KINDS), "test.Kinds");
  private static final EnumDescriptor COLOUR = KINDS.getFile().findEnumTypeByName("Colour");

  private final DynamicMessage.Builder message = DynamicMessage.newBuilder(KINDS);

  @Test
  void unsetFieldsWithoutPresenceHaveTheirDefaultsAndOthersAreLeftOut() throws Exception {
    assertJson(
        """
        {"an_int32":0,"an_int64":0,"a_uint32":0,"a_uint64":0,"a_sint32":0,"a_sint64":0,"a_fixed32":0,"a_fixed64":0,
         "an_sfixed32":0,"an_sfixed64":0,"a_float":0.0,"a_double":0.0,"a_bool":false,"a_string":"","some_bytes":"",
         "a_colour":"NONE","numbers":[],"times":[],"colours":{}}
        """,
        json());
  }

  @Test
  void everyKindOfField() throws Exception {
    set("an_int32", -1);
    set("an_int64", Long.MIN_VALUE);
    set("a_uint32", -1);
    set("a_uint64", -1L);
    set("a_sint32", -2);
    set("a_sint64", -3L);
    set("a_fixed32", -1);
    set("a_fixed64", Long.MAX_VALUE);
    set("an_sfixed32", -4);
    set("an_sfixed64", -5L);
    set("a_float", 0.5f);
    set("a_double", 1e300);
    set("a_bool", true);
    set("a_string", "Grüße 🚚");
    set("some_bytes", ByteString.copyFrom(new byte[] {0, -1, 127}));
    set("a_colour", COLOUR.findValueByNumber(1));
    set("a_time", Schemas.time("2024-02-29T23:59:59.999999999Z"));
    set("nested", DynamicMessage.newBuilder(KINDS).setField(field("an_optional"), 0).build());
    add("numbers", 3);
    add("numbers", 1);
    add("times", Schemas.time("1969-12-31T23:59:59.001Z"));
    add("colours", colour(7, 1));
    add("colours", colour(-8, 0));
    set("other", 0);
    ObjectNode json = json();
    assertEquals(
        "{\"an_int32\":0", json.get("nested").toString().substring(0, 13), "a nested message has its defaults too");
    assertEquals(0, json.get("nested").get("an_optional").asInt(-1));
    json.remove("nested");
    assertJson(
        """
        {"an_int32":-1,"an_int64":-9223372036854775808,"a_uint32":4294967295,"a_uint64":18446744073709551615,
         "a_sint32":-2,"a_sint64":-3,"a_fixed32":4294967295,"a_fixed64":9223372036854775807,
         "an_sfixed32":-4,"an_sfixed64":-5,"a_float":0.5,"a_double":1e300,"a_bool":true,"a_string":"Grüße 🚚",
         "some_bytes":"AP9/","a_colour":"RED","a_time":"2024-02-29T23:59:59.999Z","numbers":[3,1],
         "times":["1969-12-31T23:59:59.001Z"],"colours":{"7":"RED","-8":"NONE"},"other":0}
        """,
        json);
  }

  @Test
  void anUnknownEnumNumberIsAString() throws Exception {
    set("a_colour", COLOUR.findValueByNumberCreatingIfUnknown(42));
    add("colours", colour(1, -3));
    assertEquals("\"42\"", json().get("a_colour").toString());
    assertEquals("{\"1\":\"-3\"}", json().get("colours").toString());
  }

  @ParameterizedTest
  @CsvSource({"NaN", "Infinity", "-Infinity"})
  void aFloatThatIsNoNumberIsAString(String value) throws Exception {
    set("a_double", Double.valueOf(value));
    set("a_float", Float.valueOf(value));
    assertEquals('"' + value + '"', json().get("a_double").toString());
    assertEquals('"' + value + '"', json().get("a_float").toString());
  }

  @ParameterizedTest
  @CsvSource({"-62135596800, 0, 0001-01-01T00:00:00.000Z", "253402300799, 999999999, 9999-12-31T23:59:59.999Z"})
  void theFirstAndTheLastTimestamp(long seconds, int nanos, String expected) throws Exception {
    set("a_time", Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos).build());
    assertEquals(expected, json().get("a_time").asText());
  }

  @ParameterizedTest
  @CsvSource({
    "-62135596801, 0",
    "253402300800, 0",
    "9223372036854775807, 0",
    "-9223372036854775808, 0",
    "0, -1",
    "0, 1000000000"
  })
  void anInvalidTimestampIsAParseException(long seconds, int nanos) {
    set("a_time", Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos).build());
    ParseException e = assertThrows(ParseException.class, this::json);
    assertEquals("a_time is not a valid google.protobuf.Timestamp", e.getMessage());
  }

  /** As the reader sees it: over the wire. */
  private ObjectNode json() throws Exception {
    return MessageToJson.convert(DynamicMessage.parseFrom(KINDS, message.build().toByteArray()));
  }

  private void set(String field, Object value) {
    message.setField(field(field), value);
  }

  private void add(String field, Object value) {
    message.addRepeatedField(field(field), value);
  }

  private static FieldDescriptor field(String name) {
    return KINDS.findFieldByName(name);
  }

  private static DynamicMessage colour(int key, int value) {
    Descriptor entry = KINDS.findNestedTypeByName("ColoursEntry");
    return DynamicMessage.newBuilder(entry)
        .setField(entry.findFieldByName("key"), key)
        .setField(entry.findFieldByName("value"), COLOUR.findValueByNumberCreatingIfUnknown(value))
        .build();
  }

  /** Compares as JSON text: 1 and 1L are the same number, 1 and 1.0 are not. */
  private static void assertJson(String expected, JsonNode actual) throws Exception {
    assertEquals(MAPPER.readTree(expected), MAPPER.readTree(actual.toString()));
  }
}
