package orderflow.streams;

/** Why a record is set aside: a DeadLetterReason, and a sentence without personal data. */
record Failure(String reason, String error) {
  Line line() {
    return new Line("DEAD_LETTERED", reason + ": " + error, null);
  }

  /** By the line that stands; null where it sets nothing aside. */
  static Failure in(Line line) {
    if (line.status().equals("DELIVERY_FAILED")) return new Failure("DELIVERY_REFUSED", "the delivery failed: " + line.detail());
    if (!line.status().equals("DEAD_LETTERED")) return null;
    int end = line.detail().indexOf(": ");
    return new Failure(line.detail().substring(0, end), line.detail().substring(end + 2));
  }
}
