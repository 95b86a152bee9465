"""What words mean: those of a command line, those of an error, those of an output. Pure: values in, values out.

- `words.py` says each word of a line (`words/*.toml`, and manual pages as text), `numbers.py` what codes stand for.
- `errors.py` says an error in three lines (`errors/*.toml`, `statuses.toml`).
- `outputs.py` says what columns and states of an output mean (`outputs/*.toml`).
"""
