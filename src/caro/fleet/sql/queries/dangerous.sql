-- dangerous lines that nobody had seen before: high and critical, with the machine that had them first
SELECT line, max(score) AS risk, any(level) AS level_seen, count() AS times, uniq(host) AS hosts, min(at) AS first, argMin(host, at) AS first_host
FROM caro.seen
WHERE level IN ('high', 'critical')
GROUP BY line
HAVING first >= now() - :seconds
ORDER BY risk DESC, times DESC, line
LIMIT 30
