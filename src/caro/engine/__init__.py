"""The one judge and the one helper: a `Question` in, a `Decision`, fixes or an explanation out.

`Guard` (guard.py) says whether a line or an exec may run, `Helper` (helper.py) what was meant by one that failed and
what one would do. Every door (the daemon, `caro check`, `explain`, `allow`, `fix`, the hotkey's prompt) makes a
`Question` and asks these two; none reads settings, folders or rules for a verdict of its own.
"""
