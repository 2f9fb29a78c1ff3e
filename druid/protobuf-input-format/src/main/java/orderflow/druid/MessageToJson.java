package orderflow.druid;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import org.apache.druid.java.util.common.parsers.ParseException;

/**
 * From a message to a JSON object with the fields' names as the .proto writes them.
 *
 * <ul>
 *   <li>int32, int64, uint32, uint64 and their like: numbers, never negative for an unsigned type. (Of one above
 *       2^63 - 1 Druid's flattening makes a double.)
 *   <li>float, double: numbers; the strings NaN, Infinity and -Infinity where they are none.
 *   <li>bool, string: as they are. bytes: a base64 string.
 *   <li>enum: the value's name; an unknown value's number, as a string.
 *   <li>google.protobuf.Timestamp: a string such as 2024-01-31T08:15:00.250Z, cut to milliseconds.
 *   <li>any other message: an object. repeated: an array. map: an object.
 * </ul>
 *
 * A field without presence is always there, with its default if unset; arrays and maps may be empty. Left out are unset
 * fields with presence (a message, {@code optional}, {@code oneof}) and fields the descriptor does not know.
 *
 * <p>A Timestamp outside the years 1 to 9999 or with nanos outside 0 to 999,999,999 is a {@link ParseException}, which
 * names the field and no value. No state: safe for use by several threads.
 */
final class MessageToJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Descriptor TIMESTAMP = Timestamp.getDescriptor();
  private static final FieldDescriptor SECONDS = TIMESTAMP.findFieldByNumber(Timestamp.SECONDS_FIELD_NUMBER);
  private static final FieldDescriptor NANOS = TIMESTAMP.findFieldByNumber(Timestamp.NANOS_FIELD_NUMBER);
  private static final long MIN_SECONDS = Instant.parse("0001-01-01T00:00:00Z").getEpochSecond();
  private static final long MAX_SECONDS = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private MessageToJson() {}

  static ObjectNode convert(Message message) {
    ObjectNode object = JSON.objectNode();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (!field.hasPresence() || message.hasField(field)) {
        object.set(field.getName(), field(field, message.getField(field)));
      }
    }
    return object;
  }

  private static JsonNode field(FieldDescriptor field, Object value) {
    if (field.isMapField()) {
      return map(field, (List<?>) value);
    }
    if (field.isRepeated()) {
      ArrayNode array = JSON.arrayNode();
      ((List<?>) value).forEach(element -> array.add(single(field, element)));
      return array;
    }
    return single(field, value);
  }

  private static ObjectNode map(FieldDescriptor field, List<?> entries) {
    FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
    FieldDescriptor value = field.getMessageType().findFieldByNumber(2);
    ObjectNode object = JSON.objectNode();
    for (Object each : entries) {
      Message entry = (Message) each;
      object.set(single(key, entry.getField(key)).asText(), single(value, entry.getField(value)));
    }
    return object;
  }

  private static JsonNode single(FieldDescriptor field, Object value) {
    switch (field.getType()) {
      case MESSAGE:
      case GROUP:
        return field.getMessageType() == TIMESTAMP ? timestamp(field, (Message) value) : convert((Message) value);
      case ENUM:
        return enumeration((EnumValueDescriptor) value);
      case STRING:
        return JSON.textNode((String) value);
      case BYTES:
        return JSON.textNode(Base64.getEncoder().encodeToString(((ByteString) value).toByteArray()));
      case BOOL:
        return JSON.booleanNode((Boolean) value);
      case FLOAT:
      case DOUBLE:
        return floating(((Number) value).doubleValue());
      case UINT32:
      case FIXED32:
        return JSON.numberNode(Integer.toUnsignedLong((Integer) value));
      case UINT64:
      case FIXED64:
        return unsigned((Long) value);
      default:
        return JSON.numberNode(((Number) value).longValue());
    }
  }

  private static JsonNode timestamp(FieldDescriptor field, Message value) {
    long seconds = (Long) value.getField(SECONDS);
    int nanos = (Integer) value.getField(NANOS);
    if (seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos < 0 || nanos > 999_999_999) {
      throw new ParseException(null, "%s is not a valid %s", field.getName(), TIMESTAMP.getFullName());
    }
    return JSON.textNode(MILLISECONDS.format(Instant.ofEpochSecond(seconds, nanos)));
  }

  private static JsonNode enumeration(EnumValueDescriptor value) {
    boolean known = value.getType().findValueByNumber(value.getNumber()) != null;
    return JSON.textNode(known ? value.getName() : Integer.toString(value.getNumber()));
  }

  private static JsonNode floating(double value) {
    return Double.isFinite(value) ? JSON.numberNode(value) : JSON.textNode(Double.toString(value));
  }

  private static JsonNode unsigned(long value) {
    return value >= 0 ? JSON.numberNode(value) : JSON.numberNode(new BigInteger(Long.toUnsignedString(value)));
  }
}
