"""The records of Kafka's topics, by librdkafka with settings of any installation."""

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition


def all_topics(settings):
    """All topics, with Kafka's own."""
    consumer = Consumer(settings)
    found = sorted(consumer.list_topics(timeout=10).topics)
    consumer.close()
    return found


def read(settings, topic, since):
    """The records of a topic up to its end, in the order of offsets within a partition; `since` is topic -> partition -> the offset to begin at."""
    consumer = Consumer(
        {
            **settings,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
        }
    )
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    assignment = []
    for partition in partitions:
        low, _high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        start = max(low, since.get(topic, {}).get(str(partition), low))
        assignment.append(TopicPartition(topic, partition, start))
    consumer.assign(assignment)
    open_partitions = set(partitions)
    while open_partitions:
        for record in consumer.consume(num_messages=1000, timeout=0.2):
            error = record.error()
            if error is None:
                yield record
            elif error.code() == KafkaError._PARTITION_EOF:
                open_partitions.discard(record.partition())
            else:
                raise KafkaException(error)
    consumer.close()
