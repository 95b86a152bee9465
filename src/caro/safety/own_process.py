"""Signals to Caro's daemon and programs, and Caro's package taken away, however they are found."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.values import OPEN

SIGNALLERS = frozenset("kill xargs parallel gdb prlimit cpulimit tgkill renice strace ltrace".split())
_FINDS_DAEMON = pattern(
    r"caro\.(lock|sock)|caro daemon status|\b(ss|lsof|fuser|systemctl|pgrep|pidof)\b.*\bcaro\b|\bps\b.*-C *caro"
    r"|\bps\b.*(\||awk).*\[?c\]?aro\b|/proc/.*\bcaro\b"
)
_ONE_LETTER = pattern(r"\[(\w)\]")
_OWN_NAME = pattern(r"(^|[\s/^.])caro(-(hook|launch|relay|shim|trace|xtrace))?([\s/.$]|$)")
_REMOVES = frozenset(
    "uninstall remove purge erase rm del delete autoremove uninject -r --purge --remove -R -Rs -Rns -e".split()
)
_PACKAGE = pattern(r"caro([=<>~!@].*)?$")
_MANAGERS = frozenset(
    "pip pip3 pipx uv conda mamba micromamba brew apt apt-get aptitude dpkg dnf yum zypper pacman rpm apk port snap"
    " nix-env poetry pdm hatch rye easy_install flatpak pkg".split()
)


def names_own_program(word: str) -> bool:
    """True if a pattern of pkill(1) or killall(1) is made to match Caro's programs: `car[o]`, `python.*caro`."""
    text = re.sub(r"[\\^$.*+?(){}|]", " ", _ONE_LETTER.sub(r"\1", word))
    return bool(_OWN_NAME.search(text))


def note_own_process(call: Call) -> None:
    """Record that a signal goes to the process that Caro's lock names, or that was looked for by Caro's name:
    `kill $(cat …/caro.lock)`, `pgrep -f caro | xargs kill`; and that a package manager takes Caro away."""
    _note_package(call)
    if call.name in ("launchctl", "skill", "xkill") and any(
        names_own_program(word) for word in call.argv[1:]
    ):
        call.effect("tamper_audit", "Caro's daemon", "", "own")
    if call.name not in SIGNALLERS or (call.name in ("xargs", "parallel") and "kill" not in call.argv):
        return
    computed = call.name in ("xargs", "parallel") or any(OPEN in word for word in call.argv[1:])
    told = [call.state.source, call.stdin.source, *(step.text for step in call.state.findings.steps)]
    if computed and any(_FINDS_DAEMON.search(text) for text in told):
        call.effect("tamper_audit", "Caro's daemon", "", "own")


def _note_package(call: Call) -> None:
    words = [str(word) for word in call.argv[1:]]
    if call.name not in _MANAGERS or "--dry-run" in words:
        return
    removed = any(word in _REMOVES for word in words[:4]) and any(_PACKAGE.match(word) for word in words)
    again = "--force-reinstall" in words and any("caro" in word for word in words)
    replaced = again or ("install" in words[:3] and any(re.match(r"caro\s*(==|<|@)", word) for word in words))
    if removed or replaced or "uninstall-all" in words[:2]:
        call.effect("tamper_audit", f"{call.name}: the package caro", "", "own")
