package orderflow.streams;

/** What a record's lines are kept under; the ids are empty where they could not be read. `createdAt` in ms since the epoch. */
record Names(String orderId, String messageId, long createdAt) {
  boolean areKnown() {
    return !orderId.isEmpty() && !messageId.isEmpty();
  }
}
