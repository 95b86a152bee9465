"""Code handed to an interpreter: what its calls do, by the table knowledge/code_calls.toml.

`judging.py` looks at a piece of code as a whole and hands each call to the room of its subject. Strings that only get
printed don't count; shell text inside (`os.system("…")`, backticks) is judged as shell text.
"""
