-- How many orders does each window of the aggregates count, over all locations?
SELECT __time AS "window", SUM(orders) AS orders, SUM(items) AS items
FROM (
  SELECT to_location_id, __time,
    LATEST_BY(orders, MILLIS_TO_TIMESTAMP(COALESCE("revision", 0) * 4294967296 + "orders")) AS orders,
    LATEST_BY(items, MILLIS_TO_TIMESTAMP(COALESCE("revision", 0) * 4294967296 + "orders")) AS items
  FROM aggregated_order
  GROUP BY 1, 2
)
GROUP BY 1
ORDER BY 1
