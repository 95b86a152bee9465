-- What the queries read: each event once, its time as `at`, its words as `line`.
CREATE VIEW IF NOT EXISTS caro.seen AS
SELECT
    id, kind, source, parseDateTimeBestEffort(concat(substring(toString(ts), 1, 10), ' ', substring(toString(ts), 12, 8)), 'UTC') AS at,
    session_id, parent_id, line_id, command, cwd, user, host, platform, exit_code, signal, duration_ms, agent,
    level, score, action, rules, lost,
    if(text != '', text, arrayStringConcat(argv, ' ')) AS line
FROM caro.events FINAL;
