package orderflow.streams;

import orderflow.v1.Orders;

/** An order of a batch on its way: what each stage adds is null before. */
final class Order {
  private final RawRecord record;
  private final Orders.Order message;
  private final Names names;
  private Metastore.EnrichmentFacts found;
  private byte[] enriched;
  private String route;
  private byte[] routed;

  Order(RawRecord record, OrderChecks.Checked checked) {
    this.record = record;
    message = checked.order();
    names = checked.names();
  }

  RawRecord record() {
    return record;
  }

  Orders.Order message() {
    return message;
  }

  Names names() {
    return names;
  }

  /** By the enricher's line. */
  Metastore.EnrichmentFacts found() {
    return found;
  }

  byte[] enriched() {
    return enriched;
  }

  void enrich(Metastore.EnrichmentFacts facts) {
    found = facts;
    enriched = Encoding.enriched(this);
  }

  /** Such as `EXTERNAL partner-1`, or `INTERNAL`: the detail of the router's line. */
  void route(String detail) {
    route = detail;
    routed = Encoding.routed(this);
  }

  boolean isInternal() {
    return route.equals("INTERNAL");
  }

  /** Empty for an internal order. */
  String partner() {
    return isInternal() ? "" : route.substring("EXTERNAL ".length());
  }

  byte[] routed() {
    return routed;
  }
}
