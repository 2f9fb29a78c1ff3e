/**
 * Which topic a record stood on. One that is deleted and made anew has the old name, and other records at the old places: the first that
 * Orderflow knew is called by its name alone, `raw_order`, and the next `raw_order~2`. Kafka takes no `~` in a topic's name.
 * See docs/glossary.md.
 */

/** What its records have as their topic: in claims, in dead letters, in the names of releases. `incarnation` is 1, 2, 3… */
export const incarnationOf = (topic: string, incarnation: number) =>
  incarnation === 1 ? topic : `${topic}~${incarnation}`;

/** The topic's name in Kafka, whichever incarnation it is. */
export const topicNameOf = (topic: string) => topic.replace(/~\d+$/, '');
