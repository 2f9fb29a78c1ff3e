-- Where do orders go, by region?
SELECT to_region AS region, COUNT(DISTINCT order_id) AS orders
FROM enriched_order
GROUP BY 1
ORDER BY 2 DESC
