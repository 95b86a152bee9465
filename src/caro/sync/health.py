"""What the doctor says of sync, from its files alone: nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator

from caro.errors import CaroError
from caro.sync.state import SyncFile
from caro.trace.health import Checkup, Finding


def check_sync(checkup: Checkup) -> Iterator[Finding]:
    """Tell what the last sync said, who writes what this machine can't read, and what waits for an answer."""
    file = SyncFile(checkup.paths)
    if not file.exists():
        return
    try:
        state = file.load()
    except CaroError as error:
        yield Finding("sync", "bad", str(error))
        return
    if state.error:
        yield Finding("sync", "bad", state.error, "caro sync push")
    elif not state.joined:
        cure = f"on a machine that is: caro sync devices add {state.name}"
        yield Finding("sync", "note", f"this machine, {state.name}, is not on the list of machines yet", cure)
    else:
        yield Finding(
            "sync", "ok", f"{len(state.devices.devices)} machines, last synced {state.last_ok or 'never'}"
        )
    writers: dict[str, list[str]] = {}
    for path, why in state.unreadable.items():
        writers.setdefault(path.split("/")[1], []).append(why)
    for device, reasons in sorted(writers.items()):
        text = f"{len(reasons)} segment{'s' * (len(reasons) != 1)} of {device} can't be read: {reasons[-1]}"
        yield Finding("sync", "note", text, f"on {device}: caro sync push --whole")
    if state.asked:
        text = f"other machines loosened {', '.join(state.asked)}; here it stays until you say so"
        yield Finding("sync", "note", text, f"caro sync accept {state.asked[0]}")
