"""Secrets leave a text before it is written anywhere: what native/lib/redact/ does in C, in files of the same names.

The table redact.toml says what a secret is; tests/vectors/redact.jsonl and the corpora hold both to the same answers.

A command line is a list of words. Each word is judged by itself (NAME=value, URLs, headers, tokens of a known shape:
`scan`, and `text` for names in text that is no command) and by what stands before it (`-p` of mysql, `-H` of curl).
For that `command` holds the state between words, which `words` judges as `options` or `positions`; `streams` follows
what comes by a pipe and goes to a file. `shell` cuts a string that a shell will run into words and judges it the same
way, so a secret is found at any depth of quotes. What only the whole text tells comes last (`forms`, `formats`,
`calls`), with the user's own `pattern`. In C the files from `command` to `shell` are redact_command.c and
redact_closely.c.

Who redacts calls `redact`, or `in_c` for many lines.
"""
