-- Why are orders rejected? An order with two reasons counts under both.
SELECT reasons AS reason, COUNT(DISTINCT order_id) AS orders
FROM rejected_order
GROUP BY 1
ORDER BY 2 DESC
