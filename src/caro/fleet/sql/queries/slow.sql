-- where time goes: programs by the time that their runs took
SELECT command, count() AS runs, round(sum(duration_ms) / 1000) AS seconds, round(quantile(0.5)(duration_ms)) AS median_ms,
    round(quantile(0.99)(duration_ms)) AS p99_ms
FROM caro.seen
WHERE kind = 'exec' AND at >= now() - :seconds
GROUP BY command
ORDER BY seconds DESC, command
LIMIT 30
