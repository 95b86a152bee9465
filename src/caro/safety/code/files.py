"""Files that code deletes or writes."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.code.calls import calls_known
from caro.safety.code.plainer import HOME_CALLS
from caro.safety.code.strings import STRING, first_string, within
from caro.safety.effects import Effect
from caro.safety.streams import UNKNOWN_STREAM, Stream
from caro.safety.values import HOME, arg

_PATH_DELETES = pattern(
    r"Path\(\s*" + STRING + r"[^)]*\)\.(?:unlink|rmdir|rmtree|write_text|write_bytes)\(", re.DOTALL
)


_OPENS = pattern(
    r"open\s*\(?\s*\w+\s*,\s*['\"]>+\s*([^'\"]+)['\"]"
    r"|open\s*\(?\s*\w+\s*,\s*['\"](>+)['\"]\s*,\s*['\"]([^'\"]+)['\"]"
)


_MOVES = pattern(
    r"(?:os\.(?:rename|replace|renames)|shutil\.move|renameSync|File\.rename|FileUtils\.mv)\s*\(\s*" + STRING
)
"""What takes a file or a folder away from its place: its first argument."""
_BY_METHOD = pattern(
    r"(?:new\s+File|Paths?\.get|Path\.of)\(\s*" + STRING + r"\s*\)\s*\.\s*(?:deleteDir|delete|deleteOnExit)"
)
_EACH_FOUND = pattern(
    r"\bfind(?:depth)?\s*\(?\s*(?:sub\s*\{[^}]*\b(?:unlink|rmtree|rmdir)\b[^}]*\}|\\&\w+)\s*,\s*" + STRING
)
"""File::Find of perl: what it finds below a folder is deleted one by one."""


def judge_files(call: Call, text: str, quoted: list[tuple[int, int]]) -> None:
    known = calls_known(call.state.knowledge)
    deletes = list(known.delete.finditer(text))
    if quoted:  # what only stands in a string is blotted out, so that the places of the rest stay
        for match in deletes:
            if within(match, quoted):
                text = text[: match.start()] + "." * len(match[0]) + text[match.end() :]
    text = HOME_CALLS.sub(lambda match: f"'{HOME}{match[2] or ''}'", text)
    for match in known.delete.finditer(text):
        value, is_string = first_string(text[match.end() :].lstrip("(["))
        if not is_string:
            continue
        tree = re.search(
            r"rmtree|RemoveAll|deleteDirectory|Pathname|-tree|rm_rf|rm_r|remove_tree|rmSync|\brm\b|rimraf|remove|emptyDir|delete-directory",
            match[0][:40],
        )
        tree = tree or re.match(
            r"[^;]{0,80}recursive['\"]?\s*[:=]\s*true", text[match.end() :], re.IGNORECASE
        )
        facts = {"code"} | ({"recursive"} if tree else set())
        if value.startswith("~"):
            value = HOME + value[1:]
        call.emit(Effect("delete", call.name, facts=frozenset(facts)), [arg(value, glob=True)])
    for match in _PATH_DELETES.finditer(text):
        value = next((group for group in match.groups() if group is not None), "")
        if "unlink" in match[0] or "rm" in match[0]:
            call.emit(Effect("delete", call.name, facts=frozenset({"code"})), [arg(value)])
        else:
            call.write(arg(value), UNKNOWN_STREAM)
    for match in known.write.finditer(text):
        groups = match.groups()
        path = next((group for group in groups[:4] if group is not None), "")
        mode = next((group for group in groups[4:] if group is not None), "")
        named = re.match(r"(?:File\.write|writeFileSync|fs\.|file_put_contents|IO\.write|append)", match[0])
        if named or any(letter in mode for letter in "wax+"):
            if path.startswith("~"):
                path = HOME + path[1:]
            call.write(arg(path), Stream(mode) if named else UNKNOWN_STREAM, "a" in mode and not named)
    for match in _OPENS.finditer(text):
        path = match[1] or match[3] or ""
        call.write(arg(path.strip()), UNKNOWN_STREAM, (match[2] or match[0]).count(">") > 1)
    for match in _MOVES.finditer(text):
        path = next((group for group in match.groups() if group is not None), "")
        if call.scope(arg(path)) in ("root", "system", "home", "boot", "vital"):
            call.emit(
                Effect("delete", call.name, facts=frozenset({"code", "recursive", "moved"})), [arg(path)]
            )
    for match in _BY_METHOD.finditer(text):
        path = next((group for group in match.groups() if group is not None), "")
        facts = {"code", "recursive"} if match[0].endswith("Dir") else {"code"}
        call.emit(Effect("delete", call.name, facts=frozenset(facts)), [arg(path, glob=True)])
    for match in _EACH_FOUND.finditer(text):
        path = next((group for group in match.groups() if group is not None), "")
        call.emit(Effect("delete", call.name, facts=frozenset({"code", "recursive"})), [arg(path, glob=True)])
    if re.search(
        r"os\.kill\(\s*-1|process\.kill\(\s*-1|Process\.kill\([^,)]*,\s*-1|kill\s*\(?\s*['\"]?-?(?:9|KILL)['\"]?\s*,\s*-1\b",
        text,
    ):
        call.effect("exhaust", "every process", "", "kill_all")
    if re.search(
        r"\b(unlink|rmtree|os\.remove)\b.*\bglob\b|<\*>|glob\(\s*['\"]\*", text
    ) and known.delete.search(text):
        call.emit(Effect("delete", call.name, facts=frozenset({"code"})), [arg("*", glob=True)])
    if re.search(r"os\.setuid\(0\)|setuid\s*\(?0|Process::Sys\.setuid|posix_setuid\(0\)", text) and re.search(
        r"system|exec|spawn", text
    ):
        call.effect("gain_privilege", "setuid(0)", "", "setuid")


def judge_listed(call: Call, text: str) -> None:
    """What a listing of a folder or a pattern found, deleted one by one."""
    known = calls_known(call.state.knowledge)
    if not known.delete_each.search(text):
        return
    for match in known.lists.finditer(text):
        if match[0].startswith("Path") and not re.match(r"\)\.(?:r?glob|iterdir|walk)", text[match.end() :]):
            continue
        path = (match[1] or match[2] or "").replace("~", HOME, 1)
        whole = not re.search(r"glob|Dir\s*\[", match[0])
        call.emit(
            Effect("delete", call.name, facts=frozenset({"code", "recursive"})),
            [arg(path.rstrip("/") + "/*" if whole else path, glob=True)],
        )
