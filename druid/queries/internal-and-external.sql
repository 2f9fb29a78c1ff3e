-- How many orders stay within, and how many go to partners?
SELECT 'internal' AS route, COUNT(DISTINCT order_id) AS orders FROM internal_order
UNION ALL
SELECT 'external' AS route, COUNT(DISTINCT order_id) AS orders FROM external_order
