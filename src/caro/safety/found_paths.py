"""What find(1) finds, as far as its words tell: the folders it starts in and the tests that narrow what it names."""

from __future__ import annotations

from caro.safety.values import Arg, arg


def found_paths(words: list[Arg]) -> tuple[str, ...]:
    """Return the names that `find WORDS` prints, as globs."""
    at = next(
        (
            i
            for i, word in enumerate(words)
            if word.startswith(("-", "(", "!")) and word not in ("-H", "-L", "-P")
        ),
        len(words),
    )
    roots = [word for word in words[:at] if not word.startswith("-")] or [arg(".")]
    tests = words[at:]
    prints = [i for i, word in enumerate(tests) if word.startswith("-print") or word in ("-ls", "-fprint")]
    narrowed, kind = narrowing(before(tests, prints[-1]) if prints else tests)
    return tuple(str(found_below(root, narrowed, kind)) for root in roots)


def before(tests: list[Arg], index: int) -> list[Arg]:
    """Return the tests that must hold for the action at `index` (find(1), "OPERATORS"): those before it, back to the
    last `-o` or `,` at each depth of brackets. A bracket in which one way has no test narrows nothing."""
    open_groups: list[_Ways] = [_Ways()]
    for word in tests[:index]:
        if word in ("(", "\\("):
            open_groups.append(_Ways())
        elif word in (")", "\\)") and len(open_groups) > 1:
            inner = open_groups.pop().narrowest()
            open_groups[-1].ways[-1] += inner
        elif word in ("-o", "-or", ","):
            open_groups[-1].ways.append([])
        else:
            open_groups[-1].ways[-1].append(word)
    return [word for group in open_groups for word in group.ways[-1]]


class _Ways:
    """The alternatives between two brackets."""

    def __init__(self) -> None:
        self.ways: list[list[Arg]] = [[]]

    def narrowest(self) -> list[Arg]:
        if all(narrowing(way)[0] for way in self.ways):
            return self.ways[0]
        return []


def narrowing(tests: list[Arg]) -> tuple[str, str]:
    """Return (the name that is looked for or "", "narrow" where another test cuts down what is found)."""
    name, kind = "", ""
    for index, word in enumerate(tests):
        following = tests[index + 1] if index + 1 < len(tests) else arg("")
        if word in (
            "-name",
            "-iname",
            "-path",
            "-ipath",
            "-wholename",
            "-regex",
            "-iregex",
        ) and following not in ("*", "**", ".*", "?*"):
            negated = index > 0 and tests[index - 1] in ("!", "-not")
            if not negated:
                name = str(following)
        elif word in (
            "-mtime",
            "-mmin",
            "-ctime",
            "-atime",
            "-size",
            "-empty",
            "-user",
            "-newer",
            "-perm",
            "-xtype",
            "-inum",
            "-links",
            "-samefile",
            "-newermt",
            "-uid",
            "-group",
            "-nouser",
            "-nogroup",
            "-amin",
            "-cmin",
        ):
            kind = "narrow"
    return name or kind, kind


def found_below(root: Arg, narrowed: str, kind: str) -> Arg:
    base = root.rstrip("/") if len(root) > 1 else ("" if root == "/" else str(root))
    if not narrowed:
        return arg((base or "") + "/*", glob=True)
    if narrowed == "narrow":
        return arg((base or "") + "/" + "*/found-by-test", glob=True)
    return arg((base or "") + "/**/" + (narrowed.lstrip("*/") if "/" in narrowed else narrowed), glob=True)
