-- Which share of the orders of each type is rejected?
SELECT
  raw.order_type,
  raw.orders,
  COALESCE(rejected.orders, 0) AS rejected,
  ROUND(COALESCE(rejected.orders, 0) * 100.0 / raw.orders, 2) AS percent
FROM (SELECT order_type, COUNT(DISTINCT order_id) AS orders FROM raw_order WHERE order_id <> '' GROUP BY 1) AS raw
LEFT JOIN (SELECT order_type, COUNT(DISTINCT order_id) AS orders FROM rejected_order GROUP BY 1) AS rejected
  ON raw.order_type = rejected.order_type
ORDER BY 4 DESC
