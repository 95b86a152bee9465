"""A command line -> simple commands, words, redirects. Pure: text in, values out; never raises on any text.

Shell text is read in several places, each for a question of its own:

- `parse` (tokens.py, words.py) is the grammar: whoever asks what a line *does* starts here. `caro.safety.expand`
  expands its words as a shell would.
- `tree_sitter_reader` is a second opinion, asked only where the grammar stumbles: what either of them sees counts.
- `caro.fix.words` finds words and their places in a line that is wrong, where a grammar would refuse: to change one.
- `caro.plain` and native/lib/lines/plain_text.c know a line of harmless characters and first words: no daemon.
- native/lib/gate/split_line.c splits a line for the compiled table, which answers where no daemon does: it may say
  "I can't read that", never "that is harmless".
- the shells' own init files hand lines on as they are, and read nothing.

A new reader of lines takes `parse`; what needs the exact places in the text takes `caro.fix.words`.
"""
