package orderflow.druid;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/** The descriptors and messages of the tests, built without protoc. */
final class Schemas {
  static final String ORDER = "orderflow.v1.Order";
  static final String TIME = "2024-01-31T08:15:00.250Z";

  /** A part of the project's orders.proto. */
  static final FileDescriptorProto ORDERS =
      file("orders.proto", "orderflow.v1")
          .addDependency("google/protobuf/timestamp.proto")
          .addEnumType(enumeration("OrderType", "ORDER_TYPE_UNSPECIFIED", "STANDARD", "EXPRESS"))
          .addMessageType(
              message(
                  "OrderLine",
                  field("sku", 1, Type.TYPE_STRING),
                  field("quantity", 2, Type.TYPE_UINT32),
                  field("unit_price", 3, Type.TYPE_INT64)))
          .addMessageType(
              message(
                  "Order",
                  field("message_id", 1, Type.TYPE_STRING),
                  field("order_id", 2, Type.TYPE_STRING),
                  field("order_type", 3, Type.TYPE_ENUM).setTypeName(".orderflow.v1.OrderType"),
                  field("created_at", 8, Type.TYPE_MESSAGE).setTypeName(".google.protobuf.Timestamp"),
                  field("currency", 10, Type.TYPE_STRING),
                  repeated(field("lines", 11, Type.TYPE_MESSAGE).setTypeName(".orderflow.v1.OrderLine"))))
          .build();

  /** The same after a compatible change: a new enum value, a new field in the order and in its lines. */
  static final FileDescriptorProto NEWER_ORDERS = newerOrders();

  /** A message with every kind of field. */
  static final FileDescriptorProto KINDS =
      file("kinds.proto", "test")
          .addDependency("google/protobuf/timestamp.proto")
          .addEnumType(enumeration("Colour", "NONE", "RED"))
          .addMessageType(
              message(
                      "Kinds",
                      field("an_int32", 1, Type.TYPE_INT32),
                      field("an_int64", 2, Type.TYPE_INT64),
                      field("a_uint32", 3, Type.TYPE_UINT32),
                      field("a_uint64", 4, Type.TYPE_UINT64),
                      field("a_sint32", 5, Type.TYPE_SINT32),
                      field("a_sint64", 6, Type.TYPE_SINT64),
                      field("a_fixed32", 7, Type.TYPE_FIXED32),
                      field("a_fixed64", 8, Type.TYPE_FIXED64),
                      field("an_sfixed32", 9, Type.TYPE_SFIXED32),
                      field("an_sfixed64", 10, Type.TYPE_SFIXED64),
                      field("a_float", 11, Type.TYPE_FLOAT),
                      field("a_double", 12, Type.TYPE_DOUBLE),
                      field("a_bool", 13, Type.TYPE_BOOL),
                      field("a_string", 14, Type.TYPE_STRING),
                      field("some_bytes", 15, Type.TYPE_BYTES),
                      field("a_colour", 16, Type.TYPE_ENUM).setTypeName(".test.Colour"),
                      field("a_time", 17, Type.TYPE_MESSAGE).setTypeName(".google.protobuf.Timestamp"),
                      field("nested", 18, Type.TYPE_MESSAGE).setTypeName(".test.Kinds"),
                      repeated(field("numbers", 19, Type.TYPE_INT32)),
                      repeated(field("times", 20, Type.TYPE_MESSAGE).setTypeName(".google.protobuf.Timestamp")),
                      repeated(field("colours", 21, Type.TYPE_MESSAGE).setTypeName(".test.Kinds.ColoursEntry")),
                      field("an_optional", 22, Type.TYPE_INT32).setProto3Optional(true).setOneofIndex(1),
                      field("one", 23, Type.TYPE_STRING).setOneofIndex(0),
                      field("other", 24, Type.TYPE_INT32).setOneofIndex(0))
                  .addOneofDecl(OneofDescriptorProto.newBuilder().setName("choice"))
                  .addOneofDecl(OneofDescriptorProto.newBuilder().setName("_an_optional"))
                  .addNestedType(
                      message(
                              "ColoursEntry",
                              field("key", 1, Type.TYPE_INT32),
                              field("value", 2, Type.TYPE_ENUM).setTypeName(".test.Colour"))
                          .setOptions(MessageOptions.newBuilder().setMapEntry(true))))
          .build();

  private Schemas() {}

  static String set(FileDescriptorProto... files) {
    FileDescriptorSet set = FileDescriptorSet.newBuilder().addAllFile(List.of(files)).build();
    return Base64.getEncoder().encodeToString(set.toByteArray());
  }

  static FileDescriptorProto.Builder file(String name, String packageName) {
    return FileDescriptorProto.newBuilder().setName(name).setPackage(packageName).setSyntax("proto3");
  }

  static DescriptorProto.Builder message(String name, FieldDescriptorProto.Builder... fields) {
    DescriptorProto.Builder message = DescriptorProto.newBuilder().setName(name);
    List.of(fields).forEach(message::addField);
    return message;
  }

  static FieldDescriptorProto.Builder field(String name, int number, Type type) {
    return FieldDescriptorProto.newBuilder()
        .setName(name)
        .setNumber(number)
        .setType(type)
        .setLabel(Label.LABEL_OPTIONAL);
  }

  static FieldDescriptorProto.Builder repeated(FieldDescriptorProto.Builder field) {
    return field.setLabel(Label.LABEL_REPEATED);
  }

  static Timestamp time(String time) {
    Instant instant = Instant.parse(time);
    return Timestamp.newBuilder().setSeconds(instant.getEpochSecond()).setNanos(instant.getNano()).build();
  }

  /** Two lines, 2 × 250 and 3 × 100; a value of its own in every text, to be looked for where none may be. */
  static DynamicMessage order(FileDescriptorProto schema) {
    Descriptor order = DescriptorSet.find(set(schema), ORDER);
    FieldDescriptor lines = order.findFieldByName("lines");
    FieldDescriptor type = order.findFieldByName("order_type");
    return DynamicMessage.newBuilder(order)
        .setField(order.findFieldByName("message_id"), "secret-message")
        .setField(order.findFieldByName("order_id"), "secret-order")
        .setField(type, type.getEnumType().findValueByNumber(2))
        .setField(order.findFieldByName("created_at"), time(TIME))
        .setField(order.findFieldByName("currency"), "EUR")
        .addRepeatedField(lines, line(lines.getMessageType(), "secret-1", 2, 250))
        .addRepeatedField(lines, line(lines.getMessageType(), "secret-2", 3, 100))
        .build();
  }

  static DynamicMessage line(Descriptor type, String sku, int quantity, long unitPrice) {
    return DynamicMessage.newBuilder(type)
        .setField(type.findFieldByName("sku"), sku)
        .setField(type.findFieldByName("quantity"), quantity)
        .setField(type.findFieldByName("unit_price"), unitPrice)
        .build();
  }

  private static FileDescriptorProto newerOrders() {
    FileDescriptorProto.Builder file = ORDERS.toBuilder();
    file.getEnumTypeBuilder(0).addValue(EnumValueDescriptorProto.newBuilder().setName("DRONE").setNumber(3));
    file.getMessageTypeBuilder(0).addField(field("weight", 4, Type.TYPE_DOUBLE));
    file.getMessageTypeBuilder(1).addField(field("note", 13, Type.TYPE_STRING));
    return file.build();
  }

  private static EnumDescriptorProto.Builder enumeration(String name, String... values) {
    EnumDescriptorProto.Builder type = EnumDescriptorProto.newBuilder().setName(name);
    for (int number = 0; number < values.length; number++) {
      type.addValue(EnumValueDescriptorProto.newBuilder().setName(values[number]).setNumber(number));
    }
    return type;
  }
}
