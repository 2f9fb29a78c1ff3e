package orderflow.streams;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The stages, one after the other, for a batch of raw_order: each asks the metastore once, decides each order, records the decisions once, and writes what
 * follows from the lines that stand. Safe to be cut off at any line and called again with the same records, in any batches: the lines and claims that stand
 * then give the same outputs, and the partner knows the keys.
 *
 * <p>An order goes from stage to stage in memory. All claims are of its record on raw_order, whose place is the same when it is read again; those of the records on
 * later topics, which are written anew then, are not.
 */
final class Stages implements AutoCloseable {
  private final Settings settings;
  private final OrderChecks checks;
  private final Metastore metastore;
  private final PartnerClient partner;
  private final ExecutorService beside = Executors.newCachedThreadPool();

  Stages(Settings settings) {
    this.settings = settings;
    checks = new OrderChecks(settings);
    metastore = new Metastore(settings);
    partner = new PartnerClient(settings);
  }

  /** What is to be written, in the order of the records for each topic. */
  List<Outgoing> carry(List<RawRecord> batch) {
    List<Outgoing> outputs = new ArrayList<>(4 * batch.size());
    List<Order> valid = new ArrayList<>();
    inHalves(batch, part -> validate(part, valid, outputs), (record, why) -> setRawAside(record, why, outputs));
    List<Order> enriched = new ArrayList<>();
    inHalves(valid, part -> enrich(part, enriched, outputs), (order, why) -> setAside("enricher", order, why, outputs));
    // Aggregator and router read the same topic, and neither waits for the other.
    CompletableFuture<List<Outgoing>> aggregated = CompletableFuture.supplyAsync(() -> aggregateAll(enriched), beside);
    List<Order> external = new ArrayList<>();
    try {
      inHalves(enriched, part -> route(part, external, outputs), (order, why) -> setAside("router", order, why, outputs));
      inHalves(external, part -> deliver(part, outputs), (order, why) -> setAside("external-processor", order, why, outputs));
    } finally {
      // Nothing of a batch is under way when it is over, whatever its end.
      aggregated.handle((answer, error) -> null).join();
    }
    outputs.addAll(result(aggregated));
    return outputs;
  }

  /** What was thrown in another thread is thrown as it is. */
  static <T> T result(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException error) {
      throw error.getCause() instanceof RuntimeException cause ? cause : error;
    }
  }

  /** A batch that fails for what is in it is halved until the one is found, which is set aside. */
  private static <E> void inHalves(List<E> batch, Consumer<List<E>> step, BiConsumer<E, Failure> setAside) {
    if (batch.isEmpty()) return;
    try {
      step.accept(batch);
    } catch (DataException error) {
      if (batch.size() == 1) {
        setAside.accept(batch.get(0), new Failure("PROCESSING_FAILED", "the metastore refuses a value of it"));
        return;
      }
      int middle = batch.size() / 2;
      inHalves(batch.subList(0, middle), step, setAside);
      inHalves(batch.subList(middle, batch.size()), step, setAside);
    }
  }

  private void validate(List<RawRecord> batch, List<Order> valid, List<Outgoing> outputs) {
    List<OrderChecks.Checked> checked = batch.stream().map(checks::check).toList();
    List<Order> orders = new ArrayList<>();
    for (int at = 0; at < batch.size(); at++) if (checked.get(at).failure() == null) orders.add(new Order(batch.get(at), checked.get(at)));
    var asked = metastore.lookupForValidation(orders).iterator();
    var waiting = orders.iterator();
    List<RawRecord> records = new ArrayList<>();
    List<Order> decided = new ArrayList<>();
    List<Proposal> proposals = new ArrayList<>();
    for (int at = 0; at < batch.size(); at++) {
      OrderChecks.Checked own = checked.get(at);
      Order order = own.failure() == null ? waiting.next() : null;
      Proposal proposal = order == null ? asideOf(batch.get(at), own.names(), own.failure()) : decide(order, asked.next());
      // The first record of this message has had, or will have, its outcome.
      if (proposal == null) continue;
      records.add(batch.get(at));
      decided.add(order);
      proposals.add(proposal);
    }
    List<Line> lines = metastore.recordStatuses("validator", proposals);
    for (int at = 0; at < lines.size(); at++) {
      Line line = lines.get(at);
      Order order = decided.get(at);
      Failure failure = Failure.in(line);
      if (failure != null || order == null) {
        RawRecord record = records.get(at);
        Failure why = failure == null ? Failure.in(proposals.get(at).line()) : failure;
        outputs.add(Encoding.deadLetter(record, record.topic(), record.key(), record.value(), "validator", why, proposals.get(at).names()));
      } else if (line.status().equals("VALIDATED")) {
        valid.add(order);
        // The original bytes: nothing that a newer producer wrote is lost or reordered.
        outputs.add(outgoing("valid_order", order, order.record().value()));
      } else outputs.add(outgoing("rejected_order", order, Encoding.rejected(order, Arrays.asList(read(line.facts(), Violation[].class)))));
    }
  }

  private static Proposal asideOf(RawRecord record, Names names, Failure failure) {
    // Anybody writes there: what is no complete order may bear the ids of any publication, and is none of it.
    return new Proposal(names, failure.line(), record.partition() + "@" + record.offset(), null);
  }

  private static Proposal decide(Order order, Metastore.ValidationFacts facts) {
    if (facts.claim().equals("REDELIVERY")) return null;
    if (facts.claim().equals("REUSED")) {
      String error = "the message id came before, with another order or another content of this one";
      return asideOf(order.record(), order.names(), new Failure("MESSAGE_ID_REUSED", error));
    }
    List<Violation> violations = Rules.violations(order, facts);
    if (!violations.isEmpty()) return new Proposal(order.names(), rejection(violations));
    // Another publication may be accepted before this decision is recorded.
    var otherwise = new Metastore.ValidationFacts("DUPLICATE", facts.fraudNetwork(), facts.isDefaulter(), facts.isCancelled(), facts.leadTimeMinutes());
    return new Proposal(order.names(), new Line("VALIDATED", "", null), "", rejection(Rules.violations(order, otherwise)));
  }

  private static Line rejection(List<Violation> violations) {
    String detail = violations.stream().map(violation -> violation.reason() + ": " + violation.detail()).collect(Collectors.joining("; "));
    return new Line("REJECTED", detail, write(violations));
  }

  private void enrich(List<Order> batch, List<Order> enriched, List<Outgoing> outputs) {
    List<Metastore.EnrichmentFacts> facts = metastore.lookupForEnrichment(batch);
    List<Proposal> proposals = new ArrayList<>();
    for (int at = 0; at < batch.size(); at++) proposals.add(new Proposal(batch.get(at).names(), enrichment(batch.get(at), facts.get(at))));
    List<Line> lines = metastore.recordStatuses("enricher", proposals);
    for (int at = 0; at < batch.size(); at++) {
      Order order = batch.get(at);
      Line line = lines.get(at);
      Failure failure = Failure.in(line);
      if (failure != null) outputs.add(letter("enricher", order, failure));
      else {
        String kept = line.facts() == null ? proposals.get(at).line().facts() : line.facts();
        String[] found = read(kept, String[].class);
        order.enrich(new Metastore.EnrichmentFacts(found[0], found[1], found[2], found[3], found[4]));
        enriched.add(order);
        outputs.add(outgoing("enriched_order", order, order.enriched()));
      }
    }
  }

  private static Line enrichment(Order order, Metastore.EnrichmentFacts facts) {
    if (facts.fromName() != null && facts.toName() != null) {
      String region = facts.ipRegion() == null ? "" : facts.ipRegion();
      return new Line("ENRICHED", "", write(new String[] {facts.fromName(), facts.fromRegion(), facts.toName(), facts.toRegion(), region}));
    }
    List<String> unknown = new ArrayList<>();
    if (facts.fromName() == null) unknown.add("from_location_id " + order.message().getFromLocationId());
    if (facts.toName() == null) unknown.add("to_location_id " + order.message().getToLocationId());
    return new Failure("UNKNOWN_LOCATION", "not in the reference data: " + String.join(", ", unknown)).line();
  }

  private void route(List<Order> batch, List<Order> external, List<Outgoing> outputs) {
    List<String> routes = metastore.lookupRoutes(batch);
    List<Proposal> proposals = new ArrayList<>();
    for (int at = 0; at < batch.size(); at++) proposals.add(new Proposal(batch.get(at).names(), routing(batch.get(at), routes.get(at))));
    List<Line> lines = metastore.recordStatuses("router", proposals);
    for (int at = 0; at < batch.size(); at++) {
      Order order = batch.get(at);
      Failure failure = Failure.in(lines.get(at));
      if (failure != null) outputs.add(letter("router", order, failure));
      else {
        order.route(lines.get(at).detail());
        if (!order.isInternal()) external.add(order);
        outputs.add(outgoing(order.isInternal() ? "internal_order" : "external_order", order, order.routed()));
      }
    }
  }

  private static Line routing(Order order, String route) {
    if (route != null) return new Line("ROUTED", route, null);
    String region = order.found().toRegion().isEmpty() ? "a location without a region" : order.found().toRegion();
    return new Failure("NO_ROUTE", "no route for " + order.message().getOrderType().name() + " to " + region).line();
  }

  private void deliver(List<Order> batch, List<Outgoing> outputs) {
    List<String> claims = metastore.claimDeliveries(batch);
    List<Order> open = new ArrayList<>();
    for (int at = 0; at < batch.size(); at++) if (claims.get(at).equals("OPEN")) open.add(batch.get(at));
    var delivered = partner.deliver(open).iterator();
    List<Order> ended = new ArrayList<>();
    List<Proposal> proposals = new ArrayList<>();
    for (int at = 0; at < batch.size(); at++) {
      // Delivered before, or in other hands.
      if (claims.get(at).equals("DONE") || claims.get(at).equals("REPEAT")) continue;
      // A delivery that has failed before: its dead letter may have been lost. The line that stands says why.
      Line line = claims.get(at).equals("OPEN") ? delivered.next() : new Line("DELIVERY_FAILED", "no answer of it is left in the history", null);
      ended.add(batch.get(at));
      proposals.add(new Proposal(batch.get(at).names(), line));
    }
    List<Line> lines = metastore.recordStatuses("external-processor", proposals);
    for (int at = 0; at < lines.size(); at++) {
      Failure failure = Failure.in(lines.get(at));
      if (failure != null) outputs.add(letter("external-processor", ended.get(at), failure));
    }
  }

  private List<Outgoing> aggregateAll(List<Order> orders) {
    List<Outgoing> letters = new ArrayList<>();
    Map<Sums.Window, Sums> sums = new LinkedHashMap<>();
    inHalves(orders, part -> aggregate(part, sums, letters), (order, why) -> letters.add(letter("aggregator", order, why)));
    sums.forEach((window, sum) -> letters.add(new Outgoing(null, Encoding.utf8(window.toLocationId()), sum.message(window, settings.windowMs(), 0).toByteArray())));
    return letters;
  }

  /** Sums before the grouping what will be summed after it, so that less goes through the topic between. */
  private void aggregate(List<Order> batch, Map<Sums.Window, Sums> sums, List<Outgoing> letters) {
    List<String> claims = metastore.claimForAggregation(batch);
    for (int at = 0; at < batch.size(); at++) {
      Order order = batch.get(at);
      if (claims.get(at).equals("TOO_LATE"))
        letters.add(letter("aggregator", order, new Failure("TOO_LATE", "the order was created too long before the time of its record to be aggregated")));
      if (!claims.get(at).equals("COUNTS")) continue;
      long start = Math.floorDiv(order.names().createdAt(), settings.windowMs()) * settings.windowMs();
      sums.computeIfAbsent(new Sums.Window(order.message().getToLocationId(), start), window -> new Sums())
          .add(1, OrderChecks.items(order.message()), order.message().getCurrency(), OrderChecks.amount(order.message()));
    }
  }

  private static Outgoing outgoing(String topic, Order order, byte[] value) {
    return new Outgoing(topic, Encoding.utf8(order.names().orderId()), value);
  }

  private static Outgoing letter(String step, Order order, Failure failure) {
    byte[] key = Encoding.utf8(order.names().orderId());
    RawRecord record = order.record();
    return switch (step) {
      case "enricher" -> Encoding.deadLetter(record, "valid_order", key, record.value(), step, failure, order.names());
      case "external-processor" -> Encoding.deadLetter(record, "external_order", key, order.routed(), step, failure, order.names());
      default -> Encoding.deadLetter(record, "enriched_order", key, order.enriched(), step, failure, order.names());
    };
  }

  private void setRawAside(RawRecord record, Failure why, List<Outgoing> outputs) {
    Names names = checks.check(record).names();
    Failure stands = recordAside("validator", asideOf(record, names, why), why);
    outputs.add(Encoding.deadLetter(record, record.topic(), record.key(), record.value(), "validator", stands, names));
  }

  private void setAside(String stage, Order order, Failure why, List<Outgoing> outputs) {
    outputs.add(letter(stage, order, recordAside(stage, new Proposal(order.names(), why.line()), why)));
  }

  private Failure recordAside(String stage, Proposal proposal, Failure why) {
    try {
      Failure stands = Failure.in(metastore.recordStatuses(stage, List.of(proposal)).get(0));
      return stands == null ? why : stands;
    } catch (DataException error) {
      // The status may be the very thing that fails; the dead letter matters more.
      return why;
    }
  }

  private static String write(Object facts) {
    try {
      return Settings.json.writeValueAsString(facts);
    } catch (JsonProcessingException error) {
      throw new IllegalStateException(error);
    }
  }

  private static <T> T read(String facts, Class<T> type) {
    try {
      return Settings.json.readValue(facts, type);
    } catch (JsonProcessingException error) {
      throw new IllegalStateException(error);
    }
  }

  @Override
  public void close() {
    beside.shutdown();
    partner.close();
    metastore.close();
  }
}
