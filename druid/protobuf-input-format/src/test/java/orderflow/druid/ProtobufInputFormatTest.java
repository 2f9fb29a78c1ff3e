package orderflow.druid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Timestamp;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.apache.druid.data.input.InputFormat;
import org.apache.druid.error.DruidException;
import org.apache.druid.initialization.DruidModule;
import org.apache.druid.jackson.DefaultObjectMapper;
import org.junit.jupiter.api.Test;

class ProtobufInputFormatTest {
  private static final ObjectMapper MAPPER = mapper();
  private static final String FLATTEN =
      """
      {"useFieldDiscovery":false,"fields":[
        {"type":"path","name":"order_id","expr":"$.order_id"},
        {"type":"jq","name":"items","expr":"[.lines[].quantity]|add"}]}
      """;

  @Test
  void isFoundByTheServiceLoader() {
    assertTrue(
        StreamSupport.stream(ServiceLoader.load(DruidModule.class).spliterator(), false)
            .anyMatch(ProtobufModule.class::isInstance));
  }

  @Test
  void roundTrip() throws Exception {
    InputFormat format = read(Schemas.set(Schemas.ORDERS), Schemas.ORDER, FLATTEN);
    String json = MAPPER.writeValueAsString(format);
    InputFormat again = MAPPER.readValue(json, InputFormat.class);
    assertEquals(format, again);
    assertEquals(format.hashCode(), again.hashCode());
    assertEquals(MAPPER.readTree(json), MAPPER.valueToTree(again));
    assertEquals(
        Set.of("type", "descriptorSet", "message", "flattenSpec"), MAPPER.readValue(json, Map.class).keySet());
    assertFalse(format.isSplittable());
  }

  @Test
  void theFlattenSpecIsOptional() throws Exception {
    InputFormat format = read(Schemas.set(Schemas.ORDERS), Schemas.ORDER, "null");
    assertEquals(format, MAPPER.readValue(MAPPER.writeValueAsString(format), InputFormat.class));
  }

  @Test
  void formatsThatDifferAreNotEqual() throws Exception {
    InputFormat format = read(Schemas.set(Schemas.ORDERS), Schemas.ORDER, FLATTEN);
    assertNotEquals(format, read(Schemas.set(Schemas.NEWER_ORDERS), Schemas.ORDER, FLATTEN));
    assertNotEquals(format, read(Schemas.set(Schemas.ORDERS), "orderflow.v1.OrderLine", FLATTEN));
    assertNotEquals(format, read(Schemas.set(Schemas.ORDERS), Schemas.ORDER, "null"));
    assertNotEquals(format, null);
  }

  @Test
  void filesInAnyOrderAndNestedMessages() throws Exception {
    FileDescriptorProto base =
        Schemas.file("base.proto", "base")
            .addMessageType(Schemas.message("A").addNestedType(Schemas.message("B")))
            .build();
    FileDescriptorProto user =
        Schemas.file("user.proto", "")
            .addDependency("base.proto")
            .addMessageType(Schemas.message("User", Schemas.field("b", 1, Type.TYPE_MESSAGE).setTypeName(".base.A.B")))
            .build();
    read(Schemas.set(user, base), "User", "null");
    read(Schemas.set(user, base), "base.A.B", "null");
  }

  @Test
  void theSetMayHoldWellKnownTypes() throws Exception {
    read(Schemas.set(Timestamp.getDescriptor().getFile().toProto(), Schemas.ORDERS), Schemas.ORDER, "null");
  }

  @Test
  void aBrokenDescriptorSetIsRefused() {
    String good = Schemas.set(Schemas.ORDERS);
    byte[] bytes = Base64.getDecoder().decode(good);
    bytes[1] = 127;
    String broken = Base64.getEncoder().encodeToString(bytes);
    refused("descriptorSet is not base64", "%%%", Schemas.ORDER, "null");
    refused("descriptorSet is not a FileDescriptorSet", broken, Schemas.ORDER, "null");
    refused("descriptorSet has no message [orderflow.v1.Order]", "", Schemas.ORDER, "null");
    refused("descriptorSet has no message [Order]", good, "Order", "null");
    refused("descriptorSet has no message [orderflow.v1.Order.Line]", good, "orderflow.v1.Order.Line", "null");
    refused(
        "descriptorSet lacks imports, or they form a cycle: [other.proto]",
        Schemas.set(Schemas.ORDERS.toBuilder().addDependency("other.proto").build()),
        Schemas.ORDER,
        "null");
    refused(
        "descriptorSet lacks imports, or they form a cycle: [a.proto, b.proto]",
        Schemas.set(
            Schemas.file("a.proto", "").addDependency("b.proto").build(),
            Schemas.file("b.proto", "").addDependency("a.proto").build()),
        Schemas.ORDER,
        "null");
    refused(
        "descriptorSet is inconsistent: orderflow.v1.Order.order_type: \".orderflow.v1.OrderType\" is not defined.",
        Schemas.set(Schemas.ORDERS.toBuilder().clearEnumType().build()),
        Schemas.ORDER,
        "null");
  }

  @Test
  void missingPropertiesAreRefused() {
    assertProblem("descriptorSet is missing", "{\"type\":\"orderflow-protobuf\",\"message\":\"a.B\"}");
    assertProblem("message is missing", "{\"type\":\"orderflow-protobuf\",\"descriptorSet\":\"\"}");
  }

  @Test
  void aBrokenFlattenSpecIsRefused() {
    String set = Schemas.set(Schemas.ORDERS);
    String jq = "{\"type\":\"jq\",\"name\":\"a\",\"expr\":\"[.lines[\"}";
    String path = "{\"type\":\"path\",\"name\":\"b\",\"expr\":\"$.lines.\"}";
    String root = "{\"type\":\"root\",\"name\":\"c\"}";
    refused("flattenSpec's field [a] is invalid", set, Schemas.ORDER, fields(root, jq));
    refused("flattenSpec's field [b] is invalid", set, Schemas.ORDER, fields(root, path));
    refused("flattenSpec has field [c] twice", set, Schemas.ORDER, fields(root, root));
  }

  @Test
  void aMutatedDescriptorSetIsReadOrRefused() {
    Random random = new Random(1);
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = Base64.getDecoder().decode(Schemas.set(Schemas.ORDERS));
      for (int n = random.nextInt(3); n >= 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        new ProtobufInputFormat(Base64.getEncoder().encodeToString(bytes), Schemas.ORDER, null, false);
      } catch (DruidException e) {
        assertEquals(DruidException.Category.INVALID_INPUT, e.getCategory());
      }
    }
  }

  private static String fields(String... fields) {
    return "{\"fields\":[" + String.join(",", fields) + "]}";
  }

  private static void refused(String problem, String set, String message, String flatten) {
    assertProblem(problem, json(set, message, flatten));
  }

  private static void assertProblem(String problem, String json) {
    JsonMappingException e =
        assertThrows(JsonMappingException.class, () -> MAPPER.readValue(json, InputFormat.class));
    assertTrue(e.getMessage().contains(problem), e.getMessage());
    assertEquals(DruidException.Category.INVALID_INPUT, ((DruidException) e.getCause()).getCategory());
  }

  private static InputFormat read(String set, String message, String flatten) throws Exception {
    return MAPPER.readValue(json(set, message, flatten), InputFormat.class);
  }

  private static String json(String set, String message, String flatten) {
    return String.format(
        "{\"type\":\"orderflow-protobuf\",\"descriptorSet\":\"%s\",\"message\":\"%s\",\"flattenSpec\":%s}",
        set, message, flatten);
  }

  static ObjectMapper mapper() {
    ObjectMapper mapper = new DefaultObjectMapper();
    new ProtobufModule().getJacksonModules().forEach(mapper::registerModule);
    return mapper;
  }
}
