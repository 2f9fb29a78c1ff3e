package orderflow.streams;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import orderflow.v1.Orders.Order;
import orderflow.v1.Orders.OrderLine;
import orderflow.v1.Orders.OrderType;
import orderflow.v1.Orders.PaymentMethod;

/** From a record's bytes to an order that is complete, or to the reason why it is set aside: transforms/decoding/ of the project. */
final class OrderChecks {
  private static final Pattern PLAIN = Pattern.compile("[\\x21-\\x7e]+");
  private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");
  private static final Pattern INVISIBLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}\\u2800]");
  private static final Pattern ODD_BLANK = Pattern.compile("[\\p{Zs}&&[^ ]]");
  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
  private static final long SAFE = (1L << 53) - 1;

  /** An order with its names, or why it is none. */
  record Checked(Order order, Names names, Failure failure) {}

  private final int maxBytes;
  private final Map<String, Long> limits;

  OrderChecks(Settings settings) {
    maxBytes = settings.maxOrderBytes();
    limits = settings.limits();
  }

  static long millis(Timestamp time) {
    return time.getSeconds() * 1000 + Math.floorDiv(time.getNanos(), 1_000_000);
  }

  static long items(Order order) {
    return order.getLinesList().stream().mapToLong(line -> Integer.toUnsignedLong(line.getQuantity())).sum();
  }

  static long amount(Order order) {
    return order.getLinesList().stream().mapToLong(line -> Integer.toUnsignedLong(line.getQuantity()) * line.getUnitPrice()).sum();
  }

  Checked check(RawRecord record) {
    int length = record.value().length;
    if (length == 0) return fail(record, null, "EMPTY_VALUE", "the record has no value");
    if (length > maxBytes) return fail(record, null, "TOO_LARGE", length + " bytes are more than " + maxBytes);
    Order order;
    try {
      order = Order.parseFrom(record.value());
    } catch (InvalidProtocolBufferException error) {
      return fail(record, null, "UNDECODABLE", error.getMessage());
    }
    List<String> problems = problems(order, record.timestamp());
    if (problems.isEmpty()) return new Checked(order, new Names(order.getOrderId(), order.getMessageId(), millis(order.getCreatedAt())), null);
    int most = Math.toIntExact(limits.get("problems"));
    String more = problems.size() > most ? "; and " + (problems.size() - most) + " more" : "";
    return fail(record, order, "INVALID_ORDER", String.join("; ", problems.subList(0, Math.min(most, problems.size()))) + more);
  }

  private Checked fail(RawRecord record, Order order, String reason, String error) {
    String orderId = order != null && idProblem(order.getOrderId()) == null ? order.getOrderId() : "";
    String messageId = order != null && idProblem(order.getMessageId()) == null ? order.getMessageId() : "";
    long createdAt = isPlausible(record.timestamp(), record.timestamp()) ? record.timestamp() : limits.get("earliest");
    if (order != null && order.hasCreatedAt() && isPlausible(millis(order.getCreatedAt()), record.timestamp())) createdAt = millis(order.getCreatedAt());
    return new Checked(order, new Names(orderId, messageId, createdAt), new Failure(reason, error));
  }

  private boolean isPlausible(long millis, long takenAt) {
    return millis >= limits.get("earliest") && millis <= takenAt + limits.get("ahead");
  }

  private List<String> problems(Order order, long takenAt) {
    List<String> problems = new ArrayList<>();
    addId(problems, "message_id", order.getMessageId());
    addId(problems, "order_id", order.getOrderId());
    addEnum(problems, "order_type", order.getOrderTypeValue(), OrderType.forNumber(order.getOrderTypeValue()) != null);
    addId(problems, "customer_id", order.getCustomerId());
    if (order.getIpAddress().isEmpty()) problems.add("ip_address is missing");
    else if (Addresses.parse(order.getIpAddress()) == null) problems.add("ip_address is no IP address");
    addId(problems, "from_location_id", order.getFromLocationId());
    addId(problems, "to_location_id", order.getToLocationId());
    if (addTime(problems, "created_at", order.hasCreatedAt(), order.getCreatedAt())) {
      long createdAt = millis(order.getCreatedAt());
      if (createdAt < limits.get("earliest")) problems.add("created_at is before the year 2000");
      else if (!isPlausible(createdAt, takenAt)) problems.add("created_at is more than a day in the future");
    }
    addTime(problems, "promised_by", order.hasPromisedBy(), order.getPromisedBy());
    if (order.getCurrency().isEmpty()) problems.add("currency is missing");
    else if (!CURRENCY.matcher(order.getCurrency()).matches()) problems.add("currency is not three upper-case letters");
    addLines(problems, order);
    addEnum(problems, "payment_method", order.getPaymentMethodValue(), PaymentMethod.forNumber(order.getPaymentMethodValue()) != null);
    // Sealed orders are left out of this program: none is taken for a plain one.
    if (!order.getCustomerKeyId().isEmpty() || !order.getSealedCustomerId().isEmpty() || !order.getSealedIpAddress().isEmpty() || !order.getSealedPaymentMethod().isEmpty())
      problems.add("the order is sealed, and sealed ones are not taken here");
    return problems;
  }

  private void addLines(List<String> problems, Order order) {
    int count = order.getLinesCount();
    if (count == 0) problems.add("lines is empty");
    else if (count > limits.get("lines")) problems.add("lines has more than " + limits.get("lines") + " entries");
    else {
      int before = problems.size();
      for (int index = 0; index < count; index++) addLine(problems, "lines[" + index + "]", order.getLines(index));
      if (problems.size() > before) return;
      if (items(order) > limits.get("items")) problems.add("the quantities add up to too much");
      // As floating point: the exact sum may overflow.
      double amount = order.getLinesList().stream().mapToDouble(line -> (double) Integer.toUnsignedLong(line.getQuantity()) * line.getUnitPrice()).sum();
      if (amount > limits.get("amount")) problems.add("the amounts add up to too much");
    }
  }

  private void addLine(List<String> problems, String name, OrderLine line) {
    addId(problems, name + ".sku", line.getSku());
    if (line.getQuantity() == 0) problems.add(name + ".quantity is 0");
    if (line.getUnitPrice() < 0) problems.add(name + ".unit_price is negative");
    if (Math.abs(line.getUnitPrice()) > SAFE) problems.add(name + ".unit_price is too large");
  }

  private void addId(List<String> problems, String name, String text) {
    String problem = idProblem(text);
    if (problem != null) problems.add(name + " " + problem);
  }

  private static void addEnum(List<String> problems, String name, int value, boolean isKnown) {
    if (value == 0) problems.add(name + " is missing");
    else if (!isKnown) problems.add(name + " " + value + " is unknown");
  }

  private static boolean addTime(List<String> problems, String name, boolean isThere, Timestamp time) {
    boolean isTime = time.getSeconds() >= -62_135_596_800L && time.getSeconds() <= 253_402_300_799L && time.getNanos() >= 0 && time.getNanos() < 1_000_000_000;
    if (!isThere) problems.add(name + " is missing");
    else if (!isTime) problems.add(name + " is no valid time");
    return isThere && isTime;
  }

  /** Why a text is no id, as the end of a sentence; null where it is one. */
  private String idProblem(String text) {
    if (text.isEmpty()) return "is missing";
    if (text.length() > limits.get("idLength")) return "is longer than " + limits.get("idLength") + " characters";
    if (PLAIN.matcher(text).matches()) return null;
    if (CONTROL.matcher(text).find()) return "has control characters";
    if (INVISIBLE.matcher(text).find()) return "has characters that nobody can see, or that are none";
    if (ODD_BLANK.matcher(text).find()) return "has a blank that is not U+0020";
    if (!text.strip().equals(text)) return "has blanks at its beginning or end";
    if (text.contains("  ")) return "has several blanks in a row";
    if (text.matches("(?s)\\p{M}.*")) return "begins with a combining character";
    return Normalizer.isNormalized(text, Normalizer.Form.NFC) ? null : "is not in Unicode's normal form C";
  }
}
