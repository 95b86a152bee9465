"""What a project's own scripts run: those of package.json and composer.json, the recipes of a makefile or justfile, the
commands of a Taskfile, a Rakefile, tox.ini. Their texts come with the world; what they run is judged as if typed.

Sources: npm-run-script(1), "scripts" of npm, Composer and yarn, GNU make's manual ("Rules"), just(1), the
documentation of Task and tox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.values import shown

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
FILES: dict[str, tuple[str, ...]] = {
    "npm": ("package.json",), "yarn": ("package.json",), "pnpm": ("package.json",), "bun": ("package.json",),
    "composer": ("composer.json",), "make": _MAKEFILES, "gmake": _MAKEFILES,
    "just": ("justfile", "Justfile", ".justfile"), "task": ("Taskfile.yml", "Taskfile.yaml"), "rake": ("Rakefile",),
    "tox": ("tox.ini",),
}  # fmt: skip
"""Which files of the folder hold the scripts of a program."""
_LIFECYCLE = {
    "install": ("preinstall", "install", "postinstall", "prepare"),
    "publish": ("prepublishOnly", "prepare", "prepublish", "publish", "postpublish"),
    "pack": ("prepack", "prepare", "postpack"),
}
_SHORT = {"i": "install", "ci": "install", "add": "install", "t": "test", "tst": "test", "": "install"}


def judge_scripts(call: Call) -> None:
    """Judge what the project's script of that name runs, where the line still stands in the folder of the file."""
    files = call.state.world.project_files
    names = FILES.get(call.name)
    if not files or names is None or call.state.cwd != call.state.start:
        return
    file = next((name for name in names if name in files), None)
    mark = f"script:{call.name} {' '.join(call.argv[1:4])}"
    if (
        file is None
        or mark in call.state.calls
        or call.arguments.has("-n", "--dry-run", "--just-print", "--list")
    ):
        return
    before = call.state.calls
    call.state.calls = (*before, mark)
    for text in _READERS[call.name](files[file], [str(word) for word in call.argv[1:]]):
        call.run_text(shown(text), file)
    call.state.calls = before


def _package(text: str, words: list[str]) -> Iterator[str]:
    """The script that `npm run NAME`, `npm NAME`, `yarn NAME` starts, with what npm runs before and after it."""
    scripts = _scripts(text)
    plain = [word for word in words if not word.startswith("-")]
    verb = plain[0] if plain else ""
    verb = _SHORT.get(verb, verb)
    named = plain[1] if verb in ("run", "run-script", "rum") and len(plain) > 1 else verb
    extra = " ".join(words[words.index("--") + 1 :]) if "--" in words else ""
    for name in _LIFECYCLE.get(named, (f"pre{named}", named, f"post{named}")):
        script = scripts.get(name)
        if script is not None:
            yield f"{script} {extra}" if name == named and extra else script


def _scripts(text: str) -> Mapping[str, str]:
    try:
        found = json.loads(text).get("scripts", {})
    except (ValueError, AttributeError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        name: "\n".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in found.items()
    }


def _composer(text: str, words: list[str]) -> Iterator[str]:
    scripts = _scripts(text)
    plain = [word for word in words if not word.startswith("-")]
    named = plain[1] if plain[:1] in (["run"], ["run-script"]) and len(plain) > 1 else (plain or [""])[0]
    for name in (f"pre-{named}-cmd", named, f"post-{named}-cmd"):
        for line in scripts.get(name, "").splitlines():
            if not line.startswith(("@", "\\")) and "::" not in line:
                yield line


_RULE = pattern(
    r"([\w./%-]+(?:[ \t]+[\w./%-]+)*)(?:[ \t]+[^:=\n]*)?[ \t]*::?(?![=:])[ \t]*([^\n;=]*)(?:;(.*))?$"
)
_VARIABLE = pattern(r"(?:export[ \t]+)?([\w.-]+)[ \t]*(?:[:?+!]{0,2}=)[ \t]*(.*)$")
_REFERENCE = pattern(r"\$[({]([\w.-]+)[)}]|\{\{\s*(\w+)\s*\}\}")


class _Recipes:
    """The rules of a makefile or justfile: what each target needs, and the lines of its recipe."""

    def __init__(self, text: str, indents: str) -> None:
        self.needs: dict[str, list[str]] = {}
        self.lines: dict[str, list[str]] = {}
        self.values: dict[str, str] = {}
        self.first = ""
        current: list[str] = []
        for line in re.sub(r"\\\n[ \t]*", " ", text).split("\n"):
            if line[:1] and line[0] in indents:
                for name in current:
                    self.lines[name].append(line.strip())
            elif match := _RULE.match(line):
                current = match[1].split() if indents == "\t" else match[1].split()[:1]
                self._rule(current, match[2].split(), match[3])
            elif match := _VARIABLE.match(line):
                self.values[match[1]] = match[2].split("#")[0].strip()

    def _rule(self, targets: list[str], needs: list[str], recipe: str | None) -> None:
        for name in targets:
            if not self.first and not name.startswith("."):
                self.first = name
            self.needs.setdefault(name, []).extend(needs)
            self.lines.setdefault(name, []).extend([recipe] if recipe else [])

    def of(self, target: str, seen: set[str]) -> Iterator[str]:
        if target in seen or len(seen) > 64:
            return
        seen.add(target)
        for need in self.needs.get(target, ()):
            yield from self.of(need, seen)
        for line in self.lines.get(target, ()):
            yield self._expanded(line.lstrip("@-+ "), target)

    def _expanded(self, line: str, target: str) -> str:
        line = line.replace("$@", target)
        for _ in range(6):
            line, count = _REFERENCE.subn(self._value, line)
            if not count:
                break
        return line.replace("$$", "$")

    def _value(self, match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name == "MAKE":
            return "make"
        # what the file does not say is a variable of the environment's
        return self.values.get(name, f"$${name}" if name.replace("_", "").isalnum() else "")


def _made(text: str, words: list[str], indents: str = "\t") -> Iterator[str]:
    recipes = _Recipes(text, indents)
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name.isidentifier():
            recipes.values[name] = value
    wanted = [word for word in words if word in recipes.lines]
    seen: set[str] = set()
    for target in wanted or [recipes.first]:
        yield from recipes.of(target, seen)


def _just(text: str, words: list[str]) -> Iterator[str]:
    return _made(text, words, " \t")


def _task(text: str, words: list[str]) -> Iterator[str]:
    """`- CMD` and `- cmd: CMD` below the task's name."""
    wanted = [word for word in words if not word.startswith("-")] or ["default"]
    current = ""
    for line in text.splitlines():
        if match := re.match(r"  ([\w:.-]+):\s*$", line):
            current = match[1]
        elif current in wanted and (match := re.match(r"\s{4,}-\s+(?:cmd:\s*)?(.+)$", line)):
            yield match[1].strip("'\"")


def _rake(text: str, words: list[str]) -> Iterator[str]:
    """`sh "…"` and `system "…"` in the block of the task."""
    wanted = [word.partition("[")[0] for word in words if not word.startswith("-")] or ["default"]
    current = ""
    for line in text.splitlines():
        if match := re.match(r"\s*task\s*\(?\s*:?['\"]?([\w:]+)", line):
            current = match[1]
        if current in wanted and (match := re.search(r"\b(?:sh|system)\s*\(?\s*(['\"])(.+?)\1", line)):
            yield match[2]


def _tox(text: str, words: list[str]) -> Iterator[str]:
    """The lines of `commands =`, in whatever environment."""
    inside = False
    for line in text.splitlines():
        if re.match(r"commands(_pre|_post)?\s*=", line):
            inside = True
            line = " " + line.partition("=")[2]
        elif line[:1] not in (" ", "\t"):
            inside = False
        if inside and line.strip():
            yield line.strip()


_READERS = {
    "npm": _package, "yarn": _package, "pnpm": _package, "bun": _package, "composer": _composer, "make": _made,
    "gmake": _made, "just": _just, "task": _task, "rake": _rake, "tox": _tox,
}  # fmt: skip
