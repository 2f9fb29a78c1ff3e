-- Which partner fulfils how many orders, and how many items?
SELECT partner_id, COUNT(*) AS orders, SUM(items) AS items
FROM (SELECT partner_id, order_id, MAX(items) AS items FROM external_order GROUP BY 1, 2)
GROUP BY 1
ORDER BY 2 DESC
