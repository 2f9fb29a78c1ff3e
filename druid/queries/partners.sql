-- Which partner fulfils how many orders, for how many customers?
SELECT partner_id, COUNT(DISTINCT order_id) AS orders, APPROX_COUNT_DISTINCT_BUILTIN(customers) AS customers
FROM external_order
GROUP BY 1
ORDER BY 2 DESC
