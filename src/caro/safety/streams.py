"""What flows through a pipe, as far as it can be known: its text, or what sort of thing it is."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING: frozenset[str] = frozenset()
SENDABLE = frozenset({"secret", "environment", "private", "token", "dump"})
"""Tags of what must not leave the machine unasked."""


@dataclass(slots=True)
class Stream:
    """`text` where it is known. `tags`: `download`, `secret`, `environment`, `decoded`, `private`, `token`,
    `dump`, `encoded`, `paths`, `noise`, `socket`, `fifo`, `setup` (what a tool prints for a shell's start file).

    `paths` are file names that stand in it (from find, ls, git ls-files), `source` says where it came from.
    """

    text: str | None = None
    tags: frozenset[str] = NOTHING
    paths: tuple[str, ...] = ()
    source: str = ""

    def tagged(self, *tags: str) -> Stream:
        return Stream(self.text, self.tags | set(tags), self.paths, self.source)


EMPTY = Stream()
UNKNOWN_STREAM = Stream()


def join(streams: list[Stream]) -> Stream:
    """What several commands wrote, one after the other."""
    if len(streams) == 1:
        return streams[0]
    texts = [stream.text for stream in streams]
    known = [text for text in texts if text is not None]
    tags = frozenset().union(*(stream.tags for stream in streams)) if streams else NOTHING
    paths = tuple(path for stream in streams for path in stream.paths)
    if len(known) < len(texts):
        # what is known still counts: `(crontab -l; echo '… rm -rf ~') | crontab -`
        return Stream("".join(known) or None, tags, paths)
    return Stream("".join(known), tags, paths)
