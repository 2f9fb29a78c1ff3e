-- What are the accepted orders worth, in each currency? Each order counts once.
SELECT currency, COUNT(*) AS orders, SUM(items) AS items, SUM(amount) / 100.0 AS amount
FROM (SELECT order_id, currency, MAX(items) AS items, MAX(amount) AS amount FROM enriched_order GROUP BY 1, 2)
GROUP BY 1
ORDER BY 2 DESC
