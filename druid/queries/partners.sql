-- Which partner fulfils how many orders (exactly, up to 65,536 of one partner), for how many customers?
SELECT partner_id,
  APPROX_COUNT_DISTINCT_DS_THETA(order_id, 65536) AS orders,
  APPROX_COUNT_DISTINCT_BUILTIN(customers) AS customers
FROM external_order
GROUP BY 1
ORDER BY 2 DESC
