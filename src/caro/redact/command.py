"""The state between the words of one command."""

from __future__ import annotations

from caro.redact.files import names_file
from caro.redact.names import is_secret_name
from caro.redact.near import NEAR_WORDS
from caro.redact.table import Option, Reader, table

ECHOED_MAX = 8
SUBSTITUTED = 9
"""Of `near`: where the next tool is echo, it gives a secret."""


class Command:
    """The state between the words of one command."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.echoed: list[tuple[int, int]] = []
        self.piped: list[tuple[int, int]] = []
        self.tool = ""
        self.group = self.near = 0
        self.begin()

    def begin(self, separator: str = ";") -> None:
        """What comes by a pipe goes to the first command after it, in braces and on a next line too."""
        if separator == "|":
            self.piped = self.echoed
        elif self.tool:
            self.piped = []
        self.group += (separator == "(") - (separator == ")")
        if separator == "|" or (self.group <= 0 and separator not in ")}"):
            self.echoed = []
        self.reads: Reader | None = None
        self.tool = ""
        self.wraps = True
        self.options: list[Option] = []
        self.positions: dict[str, int] = {}
        self.seen: list[str] = []
        self.config = False
        self.pending = ""
        self.countdown = -1
        self.near = self.near if separator == "(" else 0
        self.hinted = self.named_user = self.pair = self.setting = self.compares = self.sure = False
        self.takes = self.asks = self.gives = self.keeps = self.keepable = False
        self.slots: list[bool] = []
        self.target = ""
        self.redirected = self.folder = False

    def take_tool(self, name: str) -> None:
        rules = table()
        self.tool = name
        if self.near == SUBSTITUTED:
            self.near = NEAR_WORDS if name in ("echo", "printf") else 0
        self.wraps = name in rules.words["wrappers"]
        self.options = rules.options.get(name, [])
        self.positions = rules.positions.get(name, {})
        self.countdown = self.positions.get("-", -1)
        self.seen = []
        self.named_user = False
        self.config = name in rules.words["setters"] or name in rules.words["text_setters"]
        self.takes = is_secret_name(name) and name not in rules.words["filters"]
        self.find_reader("")

    def find_reader(self, word: str) -> None:
        """Look whether the tool, now with `word`, reads a secret."""
        for row in table().readers.get(self.tool, ()):
            if row.sub == word or (row.sub == "NAME" and word and names_file(word)):
                self.reads = row
