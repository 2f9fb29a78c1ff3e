package orderflow.streams;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Timestamp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import orderflow.v1.Orders;
import orderflow.v1.Orders.DeadLetter;
import orderflow.v1.Orders.DeadLetterReason;
import orderflow.v1.Orders.EnrichedOrder;
import orderflow.v1.Orders.Location;
import orderflow.v1.Orders.RejectReason;
import orderflow.v1.Orders.RejectedOrder;
import orderflow.v1.Orders.Rejection;
import orderflow.v1.Orders.Route;
import orderflow.v1.Orders.RoutedOrder;

/** The bytes of all topics. An order stands in later messages in its own bytes: what this program does not know of it survives, and nothing is encoded twice. */
final class Encoding {
  private static final int DEAD_LETTER_KEY_BYTES = 1024;

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] rejected(Order order, List<Violation> violations) {
    RejectedOrder.Builder rest = RejectedOrder.newBuilder();
    for (Violation violation : violations)
      rest.addRejections(Rejection.newBuilder().setReason(RejectReason.valueOf(violation.reason())).setDetail(violation.detail()));
    return behind(order.record().value(), rest.build());
  }

  static byte[] enriched(Order order) {
    Orders.Order message = order.message();
    Metastore.EnrichmentFacts found = order.found();
    return behind(order.record().value(), EnrichedOrder.newBuilder()
        .setFromLocation(location(message.getFromLocationId(), found.fromName(), found.fromRegion()))
        .setToLocation(location(message.getToLocationId(), found.toName(), found.toRegion()))
        .setIpRegion(found.ipRegion())
        .build());
  }

  private static Location location(String id, String name, String region) {
    return Location.newBuilder().setLocationId(id).setName(name).setRegion(region).build();
  }

  static byte[] routed(Order order) {
    return behind(order.enriched(), RoutedOrder.newBuilder().setRoute(order.isInternal() ? Route.INTERNAL : Route.EXTERNAL).setPartnerId(order.partner()).build());
  }

  /** The message whose first field holds those bytes, and whose other fields are those of `rest`. */
  private static byte[] behind(byte[] first, MessageLite rest) {
    byte[] bytes = new byte[CodedOutputStream.computeByteArraySize(1, first) + rest.getSerializedSize()];
    try {
      CodedOutputStream output = CodedOutputStream.newInstance(bytes);
      output.writeByteArray(1, first);
      rest.writeTo(output);
      output.checkNoSpaceLeft();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return bytes;
  }

  /**
   * The dead letter of a stage. `topic` is the stage's input, `key` and `value` are what stood or stands there; partition and offset are those on raw_order, by which the
   * record is known at all stages here, whatever is written anew.
   */
  static Outgoing deadLetter(RawRecord record, String topic, byte[] key, byte[] value, String step, Failure failure, Names names) {
    DeadLetter letter = DeadLetter.newBuilder()
        .setKey(ByteString.copyFrom(key))
        .setValue(ByteString.copyFrom(value))
        .setTopic(topic)
        .setPartition(record.partition())
        .setOffset(record.offset())
        .setRecordTime(time(record.timestamp()))
        .setStep(step)
        .setReason(DeadLetterReason.valueOf(failure.reason()))
        .setError(failure.error())
        .setOrderId(names.orderId())
        .setMessageId(names.messageId())
        .build();
    byte[] ownKey = key.length > DEAD_LETTER_KEY_BYTES ? Arrays.copyOf(key, DEAD_LETTER_KEY_BYTES) : key;
    return new Outgoing("dead_letter", ownKey, letter.toByteArray());
  }

  static Timestamp time(long millis) {
    long seconds = Math.floorDiv(millis, 1000L);
    return Timestamp.newBuilder().setSeconds(seconds).setNanos((int) (millis - seconds * 1000) * 1_000_000).build();
  }

  /** What tells a value from any other: the first 8 bytes of its SHA-256. */
  static long content(byte[] value) {
    return ByteBuffer.wrap(sha256(value)).getLong();
  }

  static String hexOfSha256(byte[] bytes) {
    return HexFormat.of().formatHex(sha256(bytes));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  private Encoding() {}
}
