"""Recordings of a terminal: where they lie, which of them shows an event, and how one is played."""
