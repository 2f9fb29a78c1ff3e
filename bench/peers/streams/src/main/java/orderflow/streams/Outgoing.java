package orderflow.streams;

/** What is written: a record for a topic, or, without a topic, sums for the aggregation. */
record Outgoing(String topic, byte[] key, byte[] value) {
  boolean isForTopic() {
    return topic != null;
  }
}
