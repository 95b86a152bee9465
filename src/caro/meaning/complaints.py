"""The lines of an output that say what went wrong, who says them, and what they name as a remedy."""

from __future__ import annotations

import re

MOST_COMPLAINTS = 6
SHORT = 15
"""Lines of an output whose last one counts as a complaint, whatever it says."""
_COMPLAINT = re.compile(
    r"\b(?:error|fatal|failed|failure|cannot|can't|could not|unable|invalid|denied|not found|no such|unknown"
    r"|exception|panic)\b",
    re.I,
)
_SAYS_LITTLE = re.compile(
    r"^\W*(?:error|fatal|warning|failed|failure|failed to compile|error during \w+|error detected .*|oops.*|traceback.*"
    r"|(?:the )?(?:build|compilation|command|task|job|operation|script) (?:has )?failed|something went wrong.*|aborting"
    r"|stop|(?:exit|process) .*(?:status|code) \d+"
    r"|.*\b(?:exit(?:ed)?|ended|returned|completed) .*(?:status|code):? -?\d+)\W*$",
    re.I,
)
"""A line that says that something failed, and not what."""
_POINTS = re.compile(r"^[\s|~^]*[~^][\s|~^]*$")
"""A line of marks alone, that points into the line above it."""
_SHELL_SAYS = re.compile(r"^(?:\S*/)?-?(bash|zsh|fish|sh|dash|ksh|ash)(?:\[\d+\])?: (?!line \d+: [\w.-]+: )")
_MARKS = re.compile(r"^(?:(?:[›•*>│|╰─▶]|-(?=\s))+\s*)+")
"""What stands before an item below a line."""
_OF_A_SHELL = re.compile(
    r"^(?:[\w./-]*\b(?:ba|z|da|k)?sh|[\w./-]+\.sh): (?:-c: )?(?:line )?\d+: (?=[\w.\[-]+: )"
)
"""Where a shell says that a builtin of its own complains: no place in what that builtin reads."""
_TOLD_TO_RUN = re.compile(
    r"(?:\b(?:run|try|use|execute|via|with|by|using)\b:?|:) +[`'\"“‘]([\w@./-]+(?: [\w@./:=+-]+){1,6})[`'\"”’]"
    r"|\b(?:run|try|execute|log ?in|use):? +([a-z][\w.-]*(?: [\w@./:=+-]+){1,6})\.?$",
    re.I,
)
"""A command that a message names to be run: plain words alone."""
_ASKS = re.compile(
    r"(?:did|do|perhaps|maybe) you me(?:an|ant):?\??:? +(?:to use )?"
    r"(?:[`'\"‘]([^`'\"’]{1,60})[`'\"’]|([\w.:@/-]*[\w@/-])(?=\?|$))"
    r"|similar name exists:? [`'‘]([^`'’]{1,60})[`'’]",
    re.I,
)
"""What the tool asks itself: whether another name was meant."""
_TELLERS = frozenset(
    "npm npx pip pip3 yarn pnpm bundle gem cargo go composer poetry uv conda brew apt dnf".split()
)
"""Programs that another tool's message may name as the remedy."""
_GOES_ON = frozenset("for to and or the a in".split())
_BEFORE = re.compile(
    r"^\s*(?:[Xx×!*●›»>-]+ |\[[^\]\s]{1,30}(?: @ \w+)?\] +|(?:\w+ )?error: (?=\w)"
    r"|\[?(?:error|fatal|err|failed|failure|warning|critical|panic)\b\]?(?:\[\w+\])?(?:[:!]+ *|(?<=\]) +)"
    r"|(?:error|warning|err!) (?=(?-i:[A-Z])\w+ )"
    r"|[\w./-]+(?: line \d+)?(?:\[\d+\])?: (?=\S)|\([\w.]+\) )",
    re.I,
)
"""What stands before a message: marks, the word for an error, the program that says it."""


def points_alone(line: str) -> bool:
    """True if a line says nothing, and only points into the one above it: `    ^~~~`."""
    return _POINTS.match(line) is not None


def complaints(lines: list[str]) -> list[str]:
    """Return the lines that may say what went wrong, the likeliest first: those with a word for it that say more than
    that, else the last ones. One that ends with a colon goes on in the next."""
    whole = [_OF_A_SHELL.sub("", line.strip()) for line in lines]
    for at in range(len(whole) - 2, -1, -1):
        if whole[at].endswith(":") and len(whole[at]) < 120:
            whole[at] = f"{whole[at]} {_MARKS.sub('', whole[at + 1])}"
    told = [line for line in whole if _COMPLAINT.search(line) and not _SAYS_LITTLE.match(line)]
    rest = [line for line in whole if line not in told and not _SAYS_LITTLE.match(line)]
    return (told or rest[::-1])[:MOST_COMPLAINTS]


def complaint_of(lines: list[str]) -> str:
    """Return the line that most likely says what went wrong: the first with a word for it, or the last of a short
    output; "" for none."""
    first = next(iter(complaints(lines)), "")
    last = lines[-1].strip() if lines else ""
    speaks = re.match(r"[\w./-]+(?: \w+)?: \S", last) or len(lines) <= SHORT
    return first if _COMPLAINT.search(first) or speaks else ""


def has_complaint(lines: list[str]) -> bool:
    """True if a line has a word for something that went wrong."""
    return any(map(_COMPLAINT.search, lines))


def meant(lines: list[str]) -> str:
    """Return what a message asks about whether it was meant (`did you mean 'count'?`); "" for nothing."""
    for line in lines:
        found = _ASKS.search(line)
        if found:
            return str(next(filter(None, found.groups())))
    return ""


def speaker(line: str, tools: list[str]) -> str:
    """Return the tool that says the line, where its name stands before it: xargs, not what it was to run; the shell
    itself, where that could not even begin."""
    own = next((tool for tool in tools if line.startswith(f"{tool.rpartition('/')[2]}: ")), "")
    shell = _SHELL_SAYS.match(line)
    builtin = shell and next((tool for tool in tools if line[shell.end() :].startswith(f"{tool}: ")), "")
    return own or builtin or (shell[1] if shell else "")


def said_by(line: str, tools: list[str]) -> str:
    """Return a message as a cause: without the names and the word for `error` before it."""
    text = line
    for _ in range(4):
        text = _BEFORE.sub("", text, count=1)
    tool = (speaker(line, tools) or (tools[-1] if tools else "the tool")).rpartition("/")[2]
    return f"{tool} says: {text or line}"


def remedy_named(lines: list[str], tools: list[str]) -> str:
    """Return the command that a message names to be run, where it is one of these tools or installs; "" for none."""
    for line in lines:
        for match in _TOLD_TO_RUN.finditer(line.strip()):
            words = (match[1] or match[2]).rstrip(".").split()
            if words[0] in {*tools, *_TELLERS} and not _GOES_ON.intersection(map(str.lower, words)):
                return " ".join(words)
    return ""
