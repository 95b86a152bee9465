"""Requests about files put together: `find` with a test for each condition that the request names."""

# ruff: noqa: E501 - patterns and tables stay in one piece

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from caro.ask.request import Request
from caro.ask.slots import quoted
from caro.ask.values import Value
from caro.parse.pattern import pattern

_SUBJECT = pattern(
    r"\b(?:files?|director(?:y|ies)|folders?|subdirectory|dirs?|symlinks?|links|filename|executables?)\b|<ext \d+>|<glob \d+>"
)
_VERB = pattern(
    r"^(?:just|only)\b|\b(?:find|lists?|show|search|display|print|get|locate|count|delete|remove|copy|move|look|all|which|what|change|"
    r"recursive(?:ly)?|rename|archive|compress|sort|calculate|finds|searches|prints|removes|deletes|discard)\b"
)
_MANY = pattern(
    r"\b(?:files|directories|folders|subdirectory|dirs|symlinks|find|finds|locate|search|searches|every|all|each|any)\b"
    r"|<ext \d+>|<glob \d+>"
)
"""A word for many files, or for looking for one: `the file x` alone is nothing to search for."""
_DEEP = pattern(
    r"\btree\b|\bunder\b|\bbelow\b|\brecurs|\bsubdirectory|\bhierarchy|\bsystem\b|\bfilesystem\b|\bdown\b|\bfinds?\b|\bsearch|\blocate"
)
_OTHER = pattern(
    r"\b(?:creat|mak|extract|unpack|decompress|uncompress|compress|download|upload|install|convert|open|run|execut|replac|substitut|mount"
    r"|connect|split|join|merg|synchroni[sz]|encrypt|decrypt|commit|push|stag|sav|load|lint|validat|serv|deploy|appl|import|export"
    r"|compar|overwrit|prepend|combin|concatenat|prefix|append|insert|enter|unzipp?|zipp?|archiv)(?:e?s|es?|y|ies|ed|ing)?\b"
    r"|\b(?:mkdir|touch|unzip|login|sync|rsync|checkout|format|print the (?:contents?|first|last)|diff|differences?|lines?|git|docker"
    r"|container|kubernetes|pod|check (?:if|whether|that)|writes|writing|owner to|group to|ownership|dry ?run)\b|^write\b"
)
"""What a plain search does not do."""
_IN = pattern(
    r"(?:\b(?:in|under|below|inside|within|from|of|at|on|beneath|starting (?:at|from|in)|through|over|search)\s+"
    r"(?:the\s+)?(?:(?:directory|folder|dir|path)\s+)?(?:tree\s+|hierarchy\s+)?(?:of\s+)?"
    r"|\b(?:directory|folder|path)\s+)<(?:path|var) (\d+)>"
)
_ANY = r"<(?:glob|file|text|ext|word|var|path) (\d+)>"
_NAME = pattern(
    r"(?:\b(?:named|called|filename|names?|like|matching|match(?:es)?|pattern|titled|with the name|whose name is|which are)\s+"
    rf"(?:is\s+|are\s+|as\s+|like\s+|of\s+|the\s+|pattern\s+|matching\s+|matches\s+)*){_ANY}"
)
_END = pattern(
    rf"\b(?:end(?:s|ing)?|suffix|extensions?)\s*(?:with|in|by|of|is)?\s*(?:the\s+)?(?:extensions?\s+|suffix\s+|names?\s+)*{_ANY}"
    rf"|{_ANY}\s+(?:extensions?|suffix)"
)
_BEGIN = pattern(
    rf"\b(?:begin(?:s|ning)?|start(?:s|ing)?|prefix(?:ed)?)\s+(?:with|in|by)\s*(?:the\s+)?{_ANY}"
)
_CONTENT = pattern(
    r"\b(?:(?:contain(?:s|ing)?|having|with|holding|include|including|search(?:es|ing)?(?:\s+\w+){0,3}\s+for|grep(?:\s+for)?"
    r"|match(?:es|ing)?|look(?:ing)? for|for)\s+(?:the\s+|a\s+|lines?\s+\w+\s+)*(?:text|string|word|pattern|phrase|line|lines|expression|regex)?\s*)"
    r"<(?:text|word|var) (\d+)>(?!\s+(?:in|as)\s+(?:their|its|the)\s+names?)"
)
_SIZE = pattern(r"(morethan|lessthan|exactly|size)?(?:\s+(?:of|is|in|size|the|a|than))*\s*<size (\d+)>")
_TIME = pattern(
    r"(morethan|lessthan|olderthan|newerthan|before|after|since|exactly)?(?:\s+(?:the|of|than|in|last|past))*\s*<time (\d+)>"
    r"(\s+(?:ago|old|back|earlier|or more|or older))?"
)
_EXCLUDED = pattern(
    r"\b(?:exclud(?:e|es|ing)|except(?:ing)?(?: for)?|without|skip(?:ping|s)?|ignor(?:e|es|ing)|not (?:named|ending (?:in|with)|matching|called|in|under|below)|but not|omit(?:ting)?|other than|prun(?:e|ing))"
    rf"\s+(?:(?:the|those|any|all|files?|names?|searching|in|with|from|contents of|name|pattern|like|matching|ending)\s+)*((?:(?:director(?:y|ies)|folders?)\s+)?){_ANY}(\s+(?:director|folder))?"
)
_USER = pattern(
    r"\b(?:owned by|belong(?:s|ing)? to|owner(?: is)?|by)\s+(?:the\s+)?(?:user\s+)?(?:<(?:text|word|var|num) (\d+)>|([a-z_][\w-]*))"
)
_GROUP = pattern(r"\bgroup\s+(?:is\s+|named\s+|called\s+)?(?:<(?:text|word|var|num) (\d+)>|([a-z_][\w-]*))")
_DEPTH = pattern(
    r"(?:(?:max(?:imum)?\s*depth(?: of)?|at most|up to|lessthan|depth(?: of)?|down to|not deeper than)\s+<num (\d+)>|<num (\d+)>\s+levels?\s+(?:down|deep))"
)
_FLAT = pattern(
    r"\bonly (?:in|under) <path \d+>|\bnon[- ]?recursive(?:ly)?|\bonly in (?:the|this) (?:current )?(?:directory|folder)|\bdirectly (?:in|under|below)|\bnot? (?:in )?(?:recursive(?:ly)?|subdirectory)|\b(?:without|excluding|no|not in|ignoring) (?:\w+ )?subdirectory|\bimmediate|\bdo not (?:descend|recurse|search)|(?<=> )(?:only|alone)\b|\bone level\b|\btop[- ]level\b|\bfirst level\b"
)


_TREE = pattern(r"\b(?:tree|recursive(?:ly)?|hierarchy)\b", re.I)
_EACH = pattern(
    r"\b(?:runs?|executes?|calls?|invokes?|applies|apply)\s+(?:the\s+)?(?:(?:script|program|command|tool)\s+)?<(?:text|file|path) (\d+)>\s+"
    r"(?:on|for|against|over|to|with|in)\s+(?:all|every|each|any)\b"
)
"""A command for each file that is found."""


@dataclass
class Search:
    """A `find` while it is put together: `tests` in order; `used` numbers of the request's values in it; `target` where
    what is found goes."""

    request: Request
    text: str
    tests: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    action: str = ""
    target: str = ""

    def value(self, number: str | int | None) -> Value:
        return self.request.values[int(number or 0)]

    def take(self, number: str | int | None) -> Value:
        self.used.add(int(number or 0))
        return self.value(number)

    def free(self, number: str | int | None) -> bool:
        return number is not None and int(number) not in self.used


@dataclass(frozen=True)
class Found:
    """A command put together, and how sure that it is what was asked for (0 to 1)."""

    command: str
    sure: float
    conditions: int


def file_search(request: Request) -> Found | None:
    """Return the search that a request about files asks for; None: it asks for something else."""
    text = request.marked
    if not _SUBJECT.search(text) or not _MANY.search(text):
        return None
    search = Search(request, text)
    folder = _folder(search)
    for step in (
        _kind,
        _run_on_each,
        _excluded,
        _target,
        _content,
        _names,
        _sizes,
        _times,
        _owners,
        _permissions,
        _other,
        _action,
    ):
        step(search)
    depth = _depth(search)
    if any(
        number not in search.used
        for number, value in enumerate(request.values)
        if value.kind in ("url", "userhost", "date", "pair")
    ):
        return None
    left = sum(number not in search.used for number in range(len(request.values)))
    conditions = len(search.tests) + bool(depth) + bool(search.action)
    if not _VERB.search(text) and conditions < 2:
        return None
    words = ["find", folder, *depth, *search.tests]
    odd = len(_unread(request) - _TERMS)
    known = (
        0.58
        + 0.2 * (bool(_DEEP.search(text)) or folder == "/")
        + 0.1 * bool(_TREE.search(request.text))
        + 0.2 * (folder == "/")
        - 0.25 * bool(_OTHER.search(text) and " -exec" not in search.action)
        + 0.1 * (_EACH.search(text) is not None)
    )
    if not search.action and text.startswith(_CHANGES):
        known -= 0.25
    if re.match(r"(?:cop|mov)", text) and conditions < 4 and not _DEEP.search(text):
        known -= 0.12
    sure = known + 0.05 * min(len(search.used) + conditions, 5) - 0.1 * left - 0.04 * odd
    return Found(" ".join(words) + search.action, sure, conditions)


_CHANGES = (
    "change ",
    "changes ",
    "set ",
    "sets ",
    "move ",
    "moves ",
    "copy ",
    "copies ",
    "recursively change ",
    "recursively set ",
)
"""Beginnings of requests that a search without an action does not answer."""
_TERMS = frozenset(
    """file directory subdirectory symlink link filename executable find show list all size type path regular normal plain ordinary
    recursive modified access accessed created change changed permission owner user group name match matching contain end begin
    extension suffix prefix pattern morethan lessthan olderthan newerthan newer older exactly exact empty hidden delete move copy
    count long format detail information current under below within inside search display depth level down deep exclude except
    ignorecase case sensitive insensitive time date hour minute day week month year ago not or and only their them each under
    total tree hierarchy start starting path system filesystem entire whole regardless located present non-recursive more than
    number text word string line world readable writable setuid everyone other given specific based following biggest
    folder bigger exist result at most between least without above both where them there recursively excluding same
    directly one output full relative absolute by""".split()
)
"""Terms that say nothing of a search beyond what it reads."""


def _unread(request: Request) -> set[str]:
    return {term for term in request.terms if not term.startswith("<")}


def _folder(search: Search) -> str:
    found = _IN.search(search.text)
    places = [n for n, value in enumerate(search.request.values) if value.kind == "path"]
    number = (
        int(found[1])
        if found
        else places[0]
        if places and not re.search(rf"\bto <path {places[0]}>", search.text)
        else None
    )
    if number is None:
        return "."
    value = search.take(number)
    return quoted(value.text, value.kind, "dir")


def _kind(search: Search) -> None:
    text = search.text
    files = re.search(r"\bfiles?\b|<ext \d+>", text) is not None
    folders = re.search(
        r"(?<!current )(?<!\bthis )(?<!\bthe )(?<!\bin )(?<!working )\b(?:directories|folders|subdirectory|dirs)\b|\b(?:all|any|empty|every|find|delete|remove|list|hidden) (?:the )?(?:director|folder|subdir)",
        text,
    )
    if re.search(r"\bsymlinks?\b", text):
        search.tests.append("-type l")
    elif files and re.search(
        r"files?\s*(?:/|and|or|,)\s*(?:director|folder|subdir)|(?:director\w+|folders?|subdirectory)\s*(?:/|and|or)\s*files?",
        text,
    ):
        return
    elif folders and (not files or re.match(r"\W*(?:\w+ ){0,3}(?:director|folder|subdir)", text)):
        search.tests.append("-type d")
    elif files:
        search.tests.append("-type f")


def _run_on_each(search: Search) -> None:
    match = _EACH.search(search.text)
    if match is None or not re.fullmatch(r"[\w./ +-]+", search.value(match[1]).text):
        return
    value = search.take(match[1])
    command = f"./{value.text}" if value.kind == "file" else value.text
    search.action = f" -exec {command} {{}} \\;"


def _excluded(search: Search) -> None:
    for match in _EXCLUDED.finditer(search.text):
        if not search.free(match[2]):
            continue
        value = search.take(match[2])
        name = _pattern(value)
        if value.kind == "path" or match[1] or match[3]:
            bare = value.text.strip("/").removeprefix("./")
            search.tests.append(f"-not -path {quoted(f'*/{bare}/*')}")
        else:
            search.tests.append(f"-not -name {quoted(name)}")


def _content(search: Search) -> None:
    if re.search(r"\bin (?:their|the|its) (?:file)?names?\b", search.text):
        return
    match = _CONTENT.search(search.text)
    if match and search.free(match[1]) and not _NAME.search(search.text[: match.end()]):
        value = search.take(match[1])
        flags = "-il" if re.search("ignorecase|insensitive", search.text) else "-l"
        if re.search(r"\b(?:lines?|show|print|display)\b.*\b(?:lines?|matches)\b|line numbers?", search.text):
            flags = "-n"
        search.action = f" -exec grep {flags} {quoted(value.text, value.kind)} {{}} +"


def _pattern(value: Value) -> str:
    return f"*.{value.text}" if value.kind == "ext" else value.text


_THINGS = "files?|director(?:y|ies)|folders?"


def _names(search: Search) -> None:
    option = "-iname" if re.search(r"ignorecase|insensitive|\bcase\b", search.text) else "-name"
    names: list[str] = []

    def add(pattern: re.Pattern[str], form: Callable[[Value], str]) -> None:
        for match in pattern.finditer(search.text):
            number = next((group for group in match.groups() if group is not None), None)
            if search.free(number) and search.value(number).kind != "path":
                names.append(form(search.take(number)))

    add(_END, lambda value: _ending(value))
    add(_BEGIN, lambda value: value.text.rstrip("*") + "*")
    add(_NAME, _pattern)
    for number, value in enumerate(search.request.values):
        if value.kind in ("ext", "glob") and search.free(number) and f"to <glob {number}>" not in search.text:
            names.append(_pattern(search.take(number)))
        elif value.kind in ("file", "text", "var") and search.free(number) and not search.action:
            mark = f"<{value.kind} {number}>"
            beside = (
                rf"{mark} (?:{_THINGS})\b|(?:{_THINGS})(?: and \w+)? {mark}|(?:find|for|locate|all) {mark}"
            )
            if re.search(beside, search.text) and not re.search(rf"newer(?:than)? .*{mark}", search.text):
                names.append(_containing(search.take(number), search.text))
    names = list(dict.fromkeys(names))
    tests = [f"{option} {_glob(name)}" for name in names]
    if len(tests) > 1:
        search.tests.append(r"\( " + " -o ".join(tests) + r" \)")
    else:
        search.tests += tests


def _containing(value: Value, text: str) -> str:
    part = re.search(r"\b(?:contain\w*|with)\b.*\bin (?:their|the|its) (?:file)?names?", text)
    return f"*{value.text}*" if part and "*" not in value.text else value.text


def _ending(value: Value) -> str:
    if value.kind == "ext":
        return f"*.{value.text}"
    return value.text if "*" in value.text else f"*{value.text}"


def _glob(name: str) -> str:
    return f'"{name}"' if re.match(r"^\$\w+$", name) else quoted(name)


def _sizes(search: Search) -> None:
    for match in _SIZE.finditer(search.text):
        value = search.take(match[2])
        sign = (
            "-"
            if match[1] == "lessthan"
            else ""
            if match[1] == "exactly"
            else "+"
            if match[1] == "morethan"
            else ""
        )
        search.tests.append(f"-size {sign}{value.text}")
    if re.search(r"\bempty\b|zero[- ](?:length|byte|size)", search.text):
        search.tests.append("-empty")


def _times(search: Search) -> None:
    letter = (
        "a"
        if re.search(r"\baccess|\bread in\b|\bopened\b", search.text)
        else "c"
        if re.search(r"\bcreated|\bstatus|inode|metadata", search.text)
        else "m"
    )
    for match in _TIME.finditer(search.text):
        value = search.take(match[2])
        old = (
            match[1] in ("olderthan", "before")
            or (match[1] == "morethan")
            or (match[1] is None and match[3] is not None)
        )
        sign = "+" if old else "" if match[1] == "exactly" else "-"
        if value.amount < 86_400:
            search.tests.append(f"-{letter}min {sign}{round(value.amount / 60) or 1}")
        elif value.text.lower() == "today":
            search.tests.append(f"-daystart -{letter}time 0")
        elif value.text.lower() == "yesterday":
            search.tests.append(f"-daystart -{letter}time 1")
        else:
            search.tests.append(f"-{letter}time {sign}{round(value.amount / 86_400)}")
    newer = re.search(
        r"\b(newer|more recent\w*|newerthan|after|olderthan|older)\b(?: \w+){0,4} <(?:file|path|var|text) (\d+)>",
        search.text,
    )
    if newer:
        value = search.take(newer[2])
        search.tests.append(
            ("! " if newer[1].startswith("old") else "") + f"-newer {quoted(value.text, value.kind, 'file')}"
        )


def _owners(search: Search) -> None:
    group = _GROUP.search(search.text)
    if group and (group[1] is not None or group[2] not in _NO_NAMES):
        name = search.take(group[1]).text if group[1] is not None else group[2]
        search.tests.append(f"-group {quoted(name)}")
    user = _USER.search(search.text)
    if (
        user
        and (user[1] is not None or user[2] not in _NO_NAMES | {"group"})
        and not (user[0].startswith("by") and "owne" not in search.text)
    ):
        name = search.take(user[1]).text if user[1] is not None else user[2]
        search.tests.append(f"-user {quoted(name)}")
    if re.search(
        r"\b(?:no|non-?existent|invalid|unknown) (?:valid )?(?:user|owner)|unowned|without (?:an? )?(?:owner|user)",
        search.text,
    ):
        search.tests.append("-nouser")


_NO_NAMES = frozenset(
    "the a an of or and to in user group name names with size date time modification write read execute is are by permission permissions extension i you owner who".split()
)


def _permissions(search: Search) -> None:
    taken = re.search(r"\bto (?:\w+ )?<(?:perm|num) (\d+)>", search.text)
    for number, value in enumerate(search.request.values):
        if taken and int(taken[1]) == number and re.search(r"\b(?:change|set|chmod|make)\b", search.text):
            continue
        if value.kind == "perm" and search.free(number):
            search.take(number)
            exact = "" if "+" not in value.text else "-"
            search.tests.append(f"-perm {exact}{value.text.replace('+', '=')}")
    words = (("world[- ]?writ|writ(?:e?able|ten) by (?:everyone|others|anyone|all)", "-perm -o=w"), (r"\bsetuid|\bsuid", "-perm -4000"),
             (r"\bsetgid|\bsgid", "-perm -2000"), (r"\bsticky", "-perm -1000"), (r"\bexecutable", "-perm -u=x"),
             (r"\bgroup[- ]writ", "-perm -g=w"), (r"(?<!world.)(?<!group.)\bwrit(?:e)?able\b(?! by)", "-perm -u=w"), (r"\breadable\b", "-perm -u=r"))  # fmt: skip
    for said, test in words:
        if re.search(said, search.text):
            search.tests.append(test)
            return


def _other(search: Search) -> None:
    text = search.text
    if re.search(r"\bhidden\b|\bdot ?files?\b", text) and not any("-name" in test for test in search.tests):
        search.tests.append("-name '.*'")
    if re.search(r"\bbroken\b|\bdangling\b", text) and "-type l" in search.tests:
        search.tests[search.tests.index("-type l")] = "-xtype l"
    inode = re.search(r"\binode(?: number)?(?: of)? <num (\d+)>", text)
    if inode:
        search.tests.append(f"-inum {search.take(inode[1]).text}")


def _depth(search: Search) -> list[str]:
    match = _DEPTH.search(search.text)
    if match:
        return [f"-maxdepth {search.take(match[1] or match[2]).text}"]
    return ["-maxdepth 1"] if _FLAT.search(search.text) else []


def _target(search: Search) -> None:
    """Take the folder that what is found is copied or moved to."""
    target = re.search(
        r"\b(?:to|into|in)\s+(?:the\s+|a\s+|new\s+)*(?:(?:directory|folder)\s+(?:called\s+|named\s+)?)?<(?:path|file|text|var) (\d+)>",
        search.text,
    )
    if target and search.free(target[1]) and re.match(r"(?:copy|copies|cp|move|moves|mv|put)\b", search.text):
        search.target = quoted(search.take(target[1]).text, "path", "dir")


def _action(search: Search) -> None:
    text = search.text
    if search.action:
        return
    mode = re.search(r"\bto (?:\w+ )?<(?:perm|num) (\d+)>", text)
    if re.search(r"\b(?:delete|remove|deletes|removes|erase|rm|purge|discard)\b", text):
        search.action = (
            " -exec rm -r {} +" if "-type d" in search.tests and "-empty" not in search.tests else " -delete"
        )
    elif search.target:
        program = "cp" if re.match("cop|cp", text) else "mv"
        search.action = f" -exec {program} {{}} {search.target} \\;"
    elif mode and search.free(mode[1]) and re.search(r"\b(?:change|set|chmod|permissions?)\b", text):
        search.action = f" -exec chmod {search.take(mode[1]).text} {{}} +"
    else:
        _shown_how(search)


def _shown_how(search: Search) -> None:
    text = search.text
    if re.search(r"\bcount(?:s|ing)?\b.*\blines\b|\blines of code\b|\bwc\b", text):
        search.action = " -exec wc -l {} +"
    elif re.search(r"\bcount(?:s|ing)?\b", text):
        search.action = " | wc -l"
    elif re.search(r"\blong\b|\bls -l|\bdetail|\bdetailed\b|with (?:their )?(?:permissions|sizes)", text):
        search.action = " -exec ls -ld {} +"
    elif re.search(r"\bmd5sum|\bmd5\b", text):
        search.action = " -exec md5sum {} +"
    elif re.search(r"\btotal size\b|\bdiskusage\b", text):
        search.action = " -exec du -ch {} + | tail -1"
