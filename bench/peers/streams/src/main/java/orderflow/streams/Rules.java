package orderflow.streams;

import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rules of transforms/rules/, in their order. A rule answers what is wrong, or null. Customers are not erased here: nobody is sealed. */
final class Rules {
  private static final long MINUTE = 60_000;
  private static final Pattern OF_ONE_ADDRESS = Pattern.compile("/(32|128)$");

  private record Rule(String reason, BiFunction<Order, Metastore.ValidationFacts, String> check) {}

  private static final List<Rule> RULES = List.of(
      new Rule("FRAUD_IP", (order, facts) -> fraud(facts.fraudNetwork())),
      new Rule("DUPLICATE_ORDER", (order, facts) -> facts.claim().equals("DUPLICATE") ? "another message with this order id was accepted" : null),
      new Rule("PAYMENT_DEFAULTER", (order, facts) -> facts.isDefaulter() ? "the customer is listed as a payment defaulter" : null),
      new Rule("CANCELLED_ORDER", (order, facts) -> facts.isCancelled() ? "the order was cancelled" : null),
      new Rule("FULFILMENT_DELAY", (order, facts) -> delay(order, facts.leadTimeMinutes())));

  static List<Violation> violations(Order order, Metastore.ValidationFacts facts) {
    Stream<Violation> found = RULES.stream().map(rule -> {
      String detail = rule.check.apply(order, facts);
      return detail == null ? null : new Violation(rule.reason, detail);
    });
    return found.filter(Objects::nonNull).toList();
  }

  private static String fraud(String network) {
    if (network == null) return null;
    // A network of one address is the customer's address itself, which is personal data.
    if (!network.contains("/") || OF_ONE_ADDRESS.matcher(network).find()) return "the address is listed for fraud";
    return "the address is in " + network + ", which is listed for fraud";
  }

  private static String delay(Order order, Integer leadTimeMinutes) {
    if (leadTimeMinutes == null) return null;
    long late = order.names().createdAt() + leadTimeMinutes * MINUTE - OrderChecks.millis(order.message().getPromisedBy());
    if (late <= 0) return null;
    return "arrives " + (late + MINUTE - 1) / MINUTE + " min after the promised time (lead time " + leadTimeMinutes + " min)";
  }

  private Rules() {}
}
