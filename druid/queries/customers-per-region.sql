-- How many different customers does each region have?
SELECT to_region AS region, APPROX_COUNT_DISTINCT_BUILTIN(customers) AS customers
FROM enriched_order
GROUP BY 1
ORDER BY 2 DESC
