"""What codes stand for: permissions, signals, sizes, times, ports, places of git."""

from __future__ import annotations

import re

SIGNALS = {
    "1": "HUP: hang up; many services read their configuration again",
    "2": "INT: what ^C sends",
    "3": "QUIT: ends with a core dump",
    "6": "ABRT: the program gave itself up",
    "9": "KILL: ends at once, with no chance to tidy up",
    "15": "TERM: asks to end",
    "18": "CONT: go on",
    "19": "STOP: halt until CONT",
    "10": "USR1: whatever the program makes of it",
    "12": "USR2: whatever the program makes of it",
}
_KINDS = {
    "f": "files",
    "d": "folders",
    "l": "symbolic links",
    "b": "block devices",
    "c": "character devices",
    "s": "sockets",
    "p": "named pipes",
}
_UNITS = {
    "c": "bytes",
    "k": "KiB",
    "M": "MiB",
    "G": "GiB",
    "w": "words of two bytes",
    "b": "blocks of 512 bytes",
    "": "blocks of 512 bytes",
}
_WHO = {
    "u": "the owner",
    "g": "the group",
    "o": "others",
    "a": "everybody",
    "": "everybody (within the umask)",
}
_RIGHTS = {
    "r": "read",
    "w": "write",
    "x": "run or enter",
    "X": "enter folders",
    "s": "run with its owner's or group's rights",
    "t": "delete only one's own",
}


def mode_in_words(text: str) -> str:
    """Return a mode of chmod(1) in words, `755` -> `owner: read, write, run; …`; "" for none."""
    if re.fullmatch(r"[0-7]{3,4}", text):
        digits = text[-3:]
        rights = [_octal(int(digit)) for digit in digits]
        extra = int(text[0]) if len(text) == 4 else 0
        special = [name for bit, name in ((4, "setuid"), (2, "setgid"), (1, "sticky")) if extra & bit]
        if rights[1] == rights[2]:
            told = f"owner: {rights[0]}; group and others: {rights[1]}"
        else:
            told = f"owner: {rights[0]}; group: {rights[1]}; others: {rights[2]}"
        return "; ".join((told, *special))
    told_parts = []
    for part in text.split(","):
        match = re.fullmatch(r"([ugoa]*)([-+=])([rwxXst]+)", part)
        if match is None:
            return ""
        who = " and ".join(_WHO[letter] for letter in match[1]) or _WHO[""]
        may = " and ".join(_RIGHTS[letter] for letter in match[3])
        told_parts.append(
            {
                "+": f"{who} may also {may}",
                "-": f"{who} may no longer {may}",
                "=": f"{who} may {may} and nothing else",
            }[match[2]]
        )
    return "; ".join(told_parts)


def _octal(digit: int) -> str:
    return (
        ", ".join(name for bit, name in ((4, "read"), (2, "write"), (1, "run")) if digit & bit) or "nothing"
    )


def signed(text: str, unit: str) -> str:
    """Return find's `+N`, `-N`, `N` in words."""
    match = re.fullmatch(r"([+-]?)(\d+(?:\.\d+)?)", text)
    if match is None:
        return ""
    front = {"+": "more than ", "-": "less than ", "": "exactly "}[match[1]]
    return f"{front}{match[2]} {unit}"


def size_in_words(text: str) -> str:
    """Return find's `-size` in words."""
    match = re.fullmatch(r"([+-]?\d+)([bcwkMG]?)", text)
    return signed(match[1], _UNITS[match[2]]) if match else ""


def value_in_words(tool: str, option: str, value: str) -> str:
    """Return what a value of an option stands for, where more can be said than that it is the value; else ""."""
    if tool == "find":
        return _of_find(option, value)
    if option in ("-m", "--mode") or (tool == "chmod" and not option):
        return mode_in_words(value)
    if tool in ("docker run", "docker create") and option in ("-p", "--publish"):
        match = re.fullmatch(r"(?:[\d.]+:)?(\d+):(\d+)(?:/\w+)?", value)
        return f"port {match[1]} here leads to port {match[2]} in the container" if match else ""
    if tool in ("docker run", "docker create") and option in ("-v", "--volume"):
        here, _, there = value.partition(":")
        path, _, how = there.partition(":")
        return (
            f"{here} appears as {path} in the container" + (", for reading only" if how == "ro" else "")
            if path
            else ""
        )
    if tool == "ssh" and option == "-L":
        match = re.fullmatch(r"(\d+):([^:]+):(\d+)", value)
        return (
            f"port {match[1]} here leads to {match[2]} port {match[3]}, seen from over there" if match else ""
        )
    if tool == "kill" and option == "-s":
        return SIGNALS.get(value, "")
    return ""


def _of_find(option: str, value: str) -> str:
    if option in ("-type", "-xtype"):
        return " or ".join(_KINDS.get(kind, kind) for kind in value.split(","))
    if option == "-size":
        return size_in_words(value)
    if option == "-perm":
        told = mode_in_words(value.lstrip("-/"))
        return (
            told
            and ("at least " if value[:1] == "-" else "any of " if value[:1] == "/" else "exactly ") + told
        )
    unit = {"time": "days ago", "min": "minutes ago"}.get(option[2:], "")
    if unit:
        return signed(value, unit)
    return (
        signed(value, "folders down").removeprefix("exactly ") if option in ("-maxdepth", "-mindepth") else ""
    )


def word_in_words(tool: str, word: str) -> str:
    """Return what a word of a tool stands for by its form alone; else ""."""
    if tool == "dd":
        name, _, value = word.partition("=")
        told = {
            "if": "read from",
            "of": "write to",
            "bs": "so much at a time:",
            "count": "so many pieces:",
            "skip": "leave out so many at the start:",
            "seek": "begin so many further in the target:",
            "status": "how much to say:",
            "conv": "change on the way:",
        }.get(name)
        return f"{told} {value}" if told and value else ""
    if tool == "chmod":
        return mode_in_words(word)
    if tool.startswith("git"):
        match = re.fullmatch(r"(HEAD|[\w./-]+?)(?:~(\d*)|(\^+))", word)
        if match:
            count = int(match[2] or 1) if match[3] is None else len(match[3])
            return f"{count} commit{'s' if count != 1 else ''} before {match[1]}"
        return "the commit you are at" if word in ("HEAD", "@") else ""
    if tool in ("ssh", "scp", "rsync", "sftp"):
        match = re.fullmatch(r"(?:([\w.-]+)@)?([\w.-]+)(:.*)?", word)
        if match and match[1]:
            return f"user {match[1]} at the machine {match[2]}" + (
                f", {match[3][1:] or 'the home folder'}" if match[3] else ""
            )
    if tool == "date" and word.startswith("+"):
        return "the form to print it in"
    return ""
