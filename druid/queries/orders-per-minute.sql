-- How many orders were placed in each of the last 60 minutes that had any?
SELECT TIME_FLOOR(__time, 'PT1M') AS "minute", COUNT(DISTINCT order_id) AS orders
FROM raw_order
WHERE order_id <> ''
GROUP BY 1
ORDER BY 1 DESC
LIMIT 60
