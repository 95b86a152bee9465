-- which rules speak: how often, on how many machines, and what came of it
SELECT arrayJoin(rules) AS rule, count() AS times, uniq(host) AS hosts, countIf(action = 'block') AS blocked,
    countIf(action = 'confirm') AS asked, any(line) AS one_line
FROM caro.seen
WHERE kind = 'verdict' AND at >= now() - :seconds
GROUP BY rule
ORDER BY times DESC, rule
LIMIT 30
