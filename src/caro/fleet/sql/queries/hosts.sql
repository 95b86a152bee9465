-- machines: how much each sent, when it was last heard of, what it lost
SELECT host, count() AS events, countIf(kind IN ('exec', 'builtin') AND exit_code != 0) AS failed, max(at) AS last_event, sum(lost) AS dropped
FROM caro.seen
WHERE at >= now() - :seconds
GROUP BY host
ORDER BY events DESC, host
LIMIT 100
