"""The process of one Python plugin: `python -m caro.plugins.python_host NAME`, asked in JSON Lines as every other.

Whatever the plugin prints goes to standard error; an exception in it is an empty answer.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from caro.addition import HOOKS
from caro.plugins.process import VERSION

RESULT = {"fix": "fixes", "suggest": "rest", "ask": "commands", "explain": "lines", "redact": "secrets",
          "export": "ok"}  # fmt: skip
"""By hook: the field of the answer that what a function returns is put into; the others return the answer itself."""


def main(name: str) -> int:
    """Answer until the input ends. 1: there is no such entry point, or it can't be loaded."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    try:
        calls = _calls(name)
    except Exception as error:
        print(f"{name}: {error!r}", file=sys.stderr)
        return 1
    if not calls:
        print(f"there is no entry point {name} in the group caro, or it has no hook", file=sys.stderr)
        return 1
    for line in sys.stdin.buffer:
        _answer(json.loads(line), calls, answers)
    return 0


def _calls(name: str) -> dict[str, Callable[..., Any]]:
    import pluggy

    from caro.plugins import api

    manager = pluggy.PluginManager("caro")
    manager.add_hookspecs(api)
    manager.load_setuptools_entrypoints("caro", name=name)
    found = {hook: getattr(manager.hook, f"caro_{hook}") for hook in HOOKS}
    return {hook: caller for hook, caller in found.items() if caller.get_hookimpls()}


def _answer(question: dict[str, Any], calls: dict[str, Callable[..., Any]], answers: BinaryIO) -> None:
    hook = question.pop("hook", "")
    told: dict[str, Any] = {"v": question.pop("v", VERSION), "id": question.pop("id", 0)}
    if hook == "hello":
        told["hooks"] = list(calls)
    elif hook in calls:
        told |= _result(hook, calls[hook], question)
    answers.write(json.dumps(told).encode() + b"\n")


def _result(hook: str, call: Callable[..., Any], fields: dict[str, Any]) -> dict[str, Any]:
    try:
        result = call(**fields)
        found = {RESULT[hook]: result} if hook in RESULT else result
        json.dumps(found)
    except Exception as error:
        print(f"{hook}: {error!r}", file=sys.stderr)
        return {}
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
