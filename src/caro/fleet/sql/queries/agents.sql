-- which agents did what: runs, failures, questions and blocked lines
SELECT agent, uniq(host) AS hosts, uniq(session_id) AS sessions, countIf(kind IN ('exec', 'builtin')) AS runs,
    countIf(kind IN ('exec', 'builtin') AND exit_code != 0) AS failed,
    countIf(kind = 'verdict' AND action = 'confirm') AS asked, countIf(kind = 'verdict' AND action = 'block') AS blocked
FROM caro.seen
WHERE agent != '' AND at >= now() - :seconds
GROUP BY agent
ORDER BY runs DESC, agent
LIMIT 30
