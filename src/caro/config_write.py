"""Write config.toml: one key at a time, the user's comments and order kept, by rename.

Callers bring runtime.conf up to date afterwards (`caro.runtime_conf`), since the native programs read that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caro.atomic import write_whole
from caro.errors import UsageError
from caro.regular_file import read_text_file


def write_private(file: Path, text: str) -> None:
    """Write a file of Caro's own: 0600, whole or not at all; a symlink is followed, so that it stays one."""
    file.resolve().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(file, text.encode("utf-8", "surrogateescape"))


def keep_private(file: Path, text: str) -> bool:
    """Write a file of Caro's own where it does not say that yet; True where it was written. On a disk that is full, or
    can't be written, what stands there is enough."""
    try:
        if file.read_text("utf-8") == text:
            return False
    except (OSError, UnicodeDecodeError):
        pass
    write_private(file, text)
    return True


def set_values(file: Path, values: dict[str, Any]) -> None:
    """Set `section.key` names to values; None removes the key. Raises UsageError where the file is broken."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        text = read_text_file(file) if file.exists() else ""
        for name, value in values.items():
            if value is not None and not isinstance(value, dict):
                text = _with_place(text, *name.split(".", 1))
        document = tomlkit.parse(text)
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} can't be read: {error}; mend it with `caro config edit`") from None
    for name, value in values.items():
        section, key = name.split(".", 1)
        if value is None:
            if section in document:
                document[section].pop(key, None)
            continue
        if section not in document:
            document[section] = tomlkit.table()
        document[section][key] = value
    write_private(file, tomlkit.dumps(document))


def _with_place(text: str, section: str, key: str) -> str:
    """Return the text with a line for the key below the comment that shows its default; as it is where there is no
    such comment, or the key is set."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    lines = text.split("\n")
    for at in _lines_of_section(lines, section):
        if lines[at].startswith(f"# {key} = ") and key not in tomlkit.parse(text)[section]:
            placed = "\n".join([*lines[: at + 1], f"{key} = 0", *lines[at + 1 :]])
            try:
                return placed if tomlkit.parse(placed)[section].get(key) == 0 else text
            except TOMLKitError:
                return text
    return text


def _lines_of_section(lines: list[str], section: str) -> range:
    if f"[{section}]" not in lines:
        return range(0)
    first = lines.index(f"[{section}]") + 1
    after = (at for at in range(first, len(lines)) if lines[at].startswith("["))
    return range(first, next(after, len(lines)))
