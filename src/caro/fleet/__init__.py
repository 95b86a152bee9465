"""Send the record of this machine to a server: the log is the queue, a cursor says what has arrived.

`queue` cuts the log into batches, `redaction` takes secrets out once more, `rows` and `logs` write them as ClickHouse
and OTLP take them, `door` speaks HTTP, `shipper` decides what follows an answer. Nothing here runs unless
`fleet.enabled` is set and somebody started `caro fleet run`; no prompt and no writer of the log ever waits for it.
"""
