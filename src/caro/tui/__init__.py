"""A screen on which the record is looked at, on Textual (the extra `tui`). `caro tui` is the door."""
