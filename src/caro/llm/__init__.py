"""A language model that the person runs: asked in words, answers with one command line, or not at all.

- `backend.py` is the protocol; `openai.py`, `ollama.py` and `program.py` speak to one kind of server each.
- `http.py` is the HTTP/1.1 that they need, over TCP on this machine or a Unix socket.
- `prompt.py` makes what is sent, `reading.py` makes one command line of what comes back, or none.
- `chosen.py` says which backend the settings mean, and refuses addresses that are not on this machine.

Nothing here judges a command: `caro.engine.modelled` does, as it does with every other answer.
"""
