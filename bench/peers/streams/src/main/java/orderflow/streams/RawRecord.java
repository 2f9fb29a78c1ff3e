package orderflow.streams;

/** A record of raw_order. `key` and `value` are empty where the record has none; `timestamp` is Kafka's, in ms since the epoch. */
record RawRecord(String topic, int partition, long offset, long timestamp, byte[] key, byte[] value) {}
