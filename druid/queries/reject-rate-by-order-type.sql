-- Which share of the orders of each type is rejected?
SELECT
  placed.order_type,
  placed.orders,
  COALESCE(rejected.orders, 0) AS rejected,
  ROUND(COALESCE(rejected.orders, 0) * 100.0 / placed.orders, 2) AS rejected_percent
FROM (SELECT order_type, COUNT(DISTINCT order_id) AS orders FROM raw_order WHERE order_id <> '' GROUP BY 1) AS placed
LEFT JOIN (SELECT order_type, COUNT(DISTINCT order_id) AS orders FROM rejected_order GROUP BY 1) AS rejected
  ON placed.order_type = rejected.order_type
ORDER BY 4 DESC
