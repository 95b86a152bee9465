"""One's own machines alike: configuration, rules and what was learned, over any git remote, readable to them alone.

Every machine writes operations (`operations`) into segments of its own (`segment`): signed by its key, encrypted by
age to the keys of all machines on the signed list (`devices`), never edited. Each machine that has the same segments
has the same state, in whatever order they came (`replica`). `machine` turns this machine's files into operations and
back, `remote` is git, `exchange` the order of things. No prompt and no daemon takes part.
"""
