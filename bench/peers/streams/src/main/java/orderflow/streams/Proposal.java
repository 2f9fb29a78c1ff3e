package orderflow.streams;

/**
 * A line that a stage wants to record. `about`: the record (partition@offset) that was set aside under these names and is none of the publication's, or
 * empty. `otherwise`: the rejection that is recorded instead of an acceptance when another publication is the order; null for other lines.
 */
record Proposal(Names names, Line line, String about, Line otherwise) {
  Proposal(Names names, Line line) {
    this(names, line, "", null);
  }
}
