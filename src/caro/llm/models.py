"""The models that the person added: GGUF files where they lie, each with its digest, size and licence.

A file is never copied and never fetched. One that changed after it was added is not loaded.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from caro.atomic import write_whole
from caro.errors import CaroError, UsageError
from caro.llm.gguf import about

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Model:
    """`changed_ns` and `size` are the file's as it was added: while both are the same its digest is taken as read."""

    name: str
    file: str
    sha256: str
    size: int
    changed_ns: int
    licence: str
    architecture: str
    title: str


class Models:
    """The list in `file` (JSON)."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def all(self) -> list[Model]:
        """Return the models by name. Raises CaroError where the list can't be read."""
        try:
            rows = json.loads(self._file.read_text("utf-8"))["models"]
            return sorted((Model(**row) for row in rows), key=lambda model: model.name)
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise CaroError(
                f"{self._file} can't be read ({error}); remove it and add the models anew"
            ) from None

    def get(self, name: str) -> Model:
        """Return the model of that name. Raises UsageError."""
        models = self.all()
        for model in models:
            if model.name == name:
                return model
        known = ", ".join(model.name for model in models) or "none; caro model add FILE.gguf"
        raise UsageError(f"no model {name!r} was added (known: {known})")

    def add(self, file: Path, name: str = "") -> Model:
        """Keep a file under its name (default: the file's). Raises CaroError for what is no GGUF file, UsageError for
        a name that can't be one or is another file's."""
        file = file.expanduser().resolve()
        said, name = about(file), name or re.sub(r"[^\w.-]", "-", file.stem)[:64]
        if not NAME.fullmatch(name):
            raise UsageError(f"{name!r} can't be a model's name: letters, digits, `.`, `_`, `-`")
        others = [model for model in self.all() if model.name != name]
        if len(others) < len(self.all()) and self.get(name).file != str(file):
            raise UsageError(f"another file is named {name} already: --name another, or caro model rm {name}")
        state = file.stat()
        model = Model(name, str(file), digest(file), state.st_size, state.st_mtime_ns, said.licence,
                      said.architecture, said.name)  # fmt: skip
        self._write([*others, model])
        return model

    def remove(self, name: str) -> Model:
        """Forget the model; its file stays. Raises UsageError."""
        gone = self.get(name)
        self._write([model for model in self.all() if model.name != name])
        return gone

    def checked(self, name: str) -> Model:
        """Return the model if its file is still the one that was added. Raises CaroError."""
        model = self.get(name)
        try:
            state = Path(model.file).stat()
        except OSError as error:
            raise CaroError(f"the model {name}: {model.file}: {error.strerror}") from None
        if (state.st_size, state.st_mtime_ns) != (model.size, model.changed_ns):
            raise CaroError(
                f"the model {name}: {model.file} changed since it was added; if that was you:"
                f" caro model add {model.file} --name {name}"
            )
        return model

    def _write(self, models: list[Model]) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps({"v": 1, "models": [asdict(model) for model in models]}, indent=1)
        write_whole(self._file, text.encode())


def digest(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal. Raises CaroError."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise CaroError(f"{file}: {error.strerror}") from None
