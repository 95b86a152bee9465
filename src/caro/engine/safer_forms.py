"""The same line in a form that refuses where the typed one would destroy: `safer_forms.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from caro.safety.policy import argv_of


@dataclass(frozen=True)
class SaferForm:
    """A line that begins with the words of `command`: one of `options` gives way to `instead` ("": it goes)."""

    command: tuple[str, ...]
    options: tuple[str, ...]
    instead: str = ""

    def of(self, line: str, argv: tuple[str, ...]) -> str | None:
        """Return the line with the option replaced, all else as it was typed; None where it doesn't fit."""
        found = [word for word in argv if word in self.options]
        if argv[: len(self.command)] != self.command or len(found) != 1:
            return None
        place = re.compile(rf"(?<!\S){re.escape(found[0])}(?!\S)")
        if len(place.findall(line)) != 1:
            return None
        return place.sub(self.instead, line) if self.instead else " ".join(place.sub("", line).split())


def safer_form(line: str, dialect: str) -> str | None:
    """Return the safer form of one simple command without expansions; None where there is none."""
    if not any(form.command[0] in line for form in _forms()):
        return None
    argv = argv_of(line, dialect)
    forms = (form.of(line, argv) for form in _forms()) if argv else ()
    return next((changed for changed in forms if changed is not None), None)


@cache
def _forms() -> tuple[SaferForm, ...]:
    data = tomllib.loads((Path(__file__).parent / "safer_forms.toml").read_text("utf-8"))
    return tuple(
        SaferForm(tuple(form["command"].split()), tuple(form["options"]), form.get("instead", ""))
        for form in data["form"]
    )
