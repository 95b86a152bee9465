"""Which programs of plugins are to run: those that a person named in `[plugins] enabled`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import caro
from caro.addition import PLUGIN, Addition
from caro.plugins.process import Start
from caro.settings import Settings

KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ")
"""Variables that a program gets beside PATH and HOME, which is its own folder."""


def starts(settings: Settings) -> Iterator[tuple[Start, frozenset[str] | None]]:
    """Give how each of them is begun, and the hooks that its manifest lets it have (None: it says them itself)."""
    folders = {one.name: one for one in settings.additions if one.layer == PLUGIN and one.program}
    for name in dict.fromkeys(map(str, settings["plugins.enabled"])):
        folder = folders.get(name)
        if folder is not None:
            yield start_of(folder, settings), frozenset(folder.table["executable"].get("hooks", ()))
        else:
            yield start_of_python(name, settings), None


def start_of(folder: Addition, settings: Settings) -> Start:
    """Return how the program of a plugin's folder is begun."""
    wants = bool(folder.table["executable"].get("network"))
    place = os.path.abspath(folder.place)
    return Start(
        folder.name,
        (os.path.abspath(folder.program),),
        reads=(place,),
        network=wants and folder.name in settings["plugins.network"],
        unconfined=bool(settings["plugins.unconfined"]),
        cwd=place,
        env=_variables(place),
        stamp=hash(tuple(sorted(folder.files.items()))),
    )


def start_of_python(name: str, settings: Settings) -> Start:
    """Return how the Python plugin of that entry point is begun: in a process of its own, below this interpreter."""
    package = os.path.dirname(next(iter(caro.__path__)))
    reads = (sys.prefix, sys.base_prefix, package, *(place for place in sys.path if os.path.isdir(place)))
    return Start(
        name,
        (sys.executable, "-P", "-m", "caro.plugins.python_host", name),
        reads=tuple(dict.fromkeys(reads)),
        network=name in settings["plugins.network"],
        unconfined=bool(settings["plugins.unconfined"]),
        env=_variables("/"),
    )


def _variables(home: str) -> tuple[tuple[str, str], ...]:
    found = {name: os.environ[name] for name in KEPT if name in os.environ}
    found |= {"PATH": os.environ.get("PATH", os.defpath), "HOME": home, "CARO_DISABLE": "1"}
    return tuple(sorted(found.items()))
