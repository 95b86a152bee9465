"""After a failure, the right command: values in, values out; nothing is ever run.

    answer = fixes_for(Failure("git psuh", 1, output), inventory, rules)

`engine` asks the tiers in turn, `ranking` puts their candidates in order. What the engine must know of the
machine (names on PATH, folders, git branches, specs) comes in as an `Inventory`.
"""
