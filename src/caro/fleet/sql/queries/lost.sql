-- what machines had to drop while the server was away
SELECT host, at, lost AS events, line
FROM caro.seen
WHERE kind = 'lost' AND at >= now() - :seconds
ORDER BY at DESC, host
LIMIT 100
