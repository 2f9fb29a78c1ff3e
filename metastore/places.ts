/** Partitions of topics by number, as claims name them, for SQL. */

/**
 * Common table expressions that end in `placed`: the rows of `batch`, each with its `record`. Places that are new are made before anything that
 * comes from `placed` is: sorted, so that workers with the same ones wait for each other in one direction only.
 */
export const placed = `
known_place AS MATERIALIZED (
  SELECT p.id, p.topic, p.partition FROM (SELECT DISTINCT topic, partition FROM batch) b JOIN places p USING (topic, partition)
), new_place AS (
  INSERT INTO places (topic, partition)
  SELECT DISTINCT topic, partition
  FROM batch b
  WHERE NOT EXISTS (SELECT FROM known_place k WHERE k.topic = b.topic AND k.partition = b.partition)
  ORDER BY topic, partition
  ON CONFLICT (topic, partition) DO UPDATE SET topic = excluded.topic
  RETURNING id, topic, partition
), place AS MATERIALIZED (
  TABLE known_place UNION ALL TABLE new_place
), placed AS MATERIALIZED (
  -- No join: the planner would take it for a few rows, and compare all with all in what comes after it.
  SELECT b.*, record_at((SELECT id FROM place p WHERE p.topic = b.topic AND p.partition = b.partition), b.position) AS record FROM batch b
)`;
