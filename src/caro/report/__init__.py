"""A record as something to look at: one HTML file, a summary in Markdown. `caro report` is the door."""
