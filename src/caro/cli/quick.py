"""`caro check LINE` and `caro fix --command LINE` answered by the daemon: what its engine has in memory already takes
this process a tenth of a second to import. Whatever is unusual is left to the command itself, which has the engine too.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:  # a third of the time that a quick answer takes would go into importing `typing`
    from typing import Any

WITH_VALUE = {"check": ("--shell", "--cwd"), "fix": ("--command", "--exit", "--shell", "--cwd")}
FLAGS = {"check": ("--json",), "fix": ("--json", "--explain")}
OWN_VARIABLES = frozenset(("CARO_SESSION_ID", "CARO_PARENT_ID", "CARO_RUN", "CARO_RELAY"))
"""Of Caro's variables those that choose nothing about an answer: any other is this environment's own configuration."""
SHELLS = ("bash", "zsh", "fish", "sh")
"""Those of `caro.knowledge.shells`, whose import would take longer than the answer (a test compares)."""
TIMEOUT = 0.4
"""Seconds; the engine in this process would have answered by then."""


def quick_answer(argv: list[str]) -> int | None:
    """Print the daemon's answer and return the exit status; None where the command itself is to answer."""
    if not argv or argv[0] not in WITH_VALUE:
        return None
    if any(name.startswith("CARO_") and name not in OWN_VARIABLES for name in os.environ):
        return None
    options = _options(argv[0], argv[1:])
    if options is None:
        return None
    try:
        return _check(options) if argv[0] == "check" else _fix(options)
    except (OSError, ValueError):
        return None


def _options(command: str, words: list[str]) -> dict[str, str] | None:
    """Return the values of the options, the other words as `line`; None for what this does not know."""
    found: dict[str, str] = {}
    rest: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word in WITH_VALUE[command] and at + 1 < len(words) and not words[at + 1].startswith("-"):
            at += 1
            found[word] = words[at]
        elif word in FLAGS[command]:
            found[word] = "yes"
        elif word.startswith("-"):
            return None
        else:
            rest.append(word)
        at += 1
    return {**found, "line": " ".join(rest)}


def _ask(type: str, **fields: Any) -> dict[str, Any] | None:
    """Return the daemon's whole answer, or None."""
    from caro.client import Client
    from caro.errors import CaroError
    from caro.xdg import config_folder

    try:
        reply = Client(f"{config_folder(os.environ)}/caro.sock", TIMEOUT).request(type, **fields)
    except CaroError:
        return None
    return reply if "answer" in reply and "partial" not in reply else None


def _check(options: dict[str, str]) -> int | None:
    from caro.engine.variables import told_variables

    line, shell = options["line"], options.get("--shell", "bash")
    if not line or shell not in SHELLS:
        return None
    cwd = os.path.abspath(options.get("--cwd", "."))
    env = told_variables(line, os.environ)
    reply = _ask("check", line=line, shell=shell, cwd=cwd, env=env, tty=os.isatty(0))
    if reply is None:
        return None
    if "--json" in options:
        import json

        print(json.dumps(reply["answer"], ensure_ascii=True))
    else:
        print("\n".join(reply["lines"]))
    return int(reply["status"])


def _fix(options: dict[str, str]) -> int | None:
    status = options.get("--exit", "1")
    shell = options.get("--shell", "bash")
    if options["line"] or "--command" not in options or not status.isdecimal() or shell not in SHELLS:
        return None
    fields: dict[str, Any] = {"what": "line", "command": options["--command"], "exit_code": int(status)}
    fields["cwd"] = os.path.abspath(options.get("--cwd", "."))
    fields["shell"] = shell
    fields["env"] = {"PATH": os.environ.get("PATH", "")}
    reply = _ask("fix", **fields)
    if reply is None:
        return None
    answer = reply["answer"]
    if "--json" in options:
        import json

        print(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
    else:
        from caro.cli.fix_lines import tell_fixes

        tell_fixes(answer["fixes"], "--explain" in options)
    return 0 if answer["fixes"] else 1
