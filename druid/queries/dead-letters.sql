-- What was set aside, by stage and reason, and when last?
SELECT step, reason, COUNT(*) AS letters, MAX(__time) AS last_record
FROM dead_letter
GROUP BY 1, 2
ORDER BY 3 DESC
