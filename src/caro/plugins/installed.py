"""Python plugins that are installed beside Caro: entry points of the group `caro`, read once for each state of the
folders that they are found in, since reading them takes a tenth of a second."""

from __future__ import annotations

import contextlib
import json
import os
import sys

from caro.config_write import write_private
from caro.paths import Paths
from caro.regular_file import read_regular_file

GROUP = "caro"


def installed(paths: Paths) -> dict[str, str]:
    """Return what each entry point's name stands for."""
    file, stamp = paths.cache / "plugins.json", _stamp()
    try:
        kept = json.loads(read_regular_file(file))
        if kept["stamp"] == stamp:
            return dict(kept["found"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    from importlib.metadata import entry_points

    found = {one.name: one.value for one in entry_points(group=GROUP)}
    with contextlib.suppress(OSError):
        write_private(file, json.dumps({"stamp": stamp, "found": found}))
    return found


def _stamp() -> list[list[object]]:
    stamps: list[list[object]] = [[sys.version]]
    for place in sys.path:
        with contextlib.suppress(OSError):
            stamps.append([place, os.stat(place).st_mtime_ns])
    return stamps
