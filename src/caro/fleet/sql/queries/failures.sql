-- what failed where: programs, their machines and statuses
SELECT command, exit_code, count() AS times, uniq(host) AS hosts, any(host) AS one_host, any(line) AS one_line
FROM caro.seen
WHERE kind IN ('exec', 'builtin') AND exit_code != 0 AND at >= now() - :seconds
GROUP BY command, exit_code
ORDER BY times DESC, command, exit_code
LIMIT 30
