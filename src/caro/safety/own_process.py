"""Signals to Caro's daemon and programs, and Caro's package taken away, however they are found.

The daemon runs under the name `caro`; service managers know it by whatever name a unit was given, so that each name
that begins as Caro's own do counts: `caro`, `carod`, `caro-hook`, `caro.service`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.values import OPEN

SIGNALLERS = frozenset(
    "kill xargs parallel gdb lldb prlimit cpulimit tgkill renice ionice chrt taskset choom strace ltrace bpftrace perf"
    " criu reptyr schedtool cgclassify taskkill uclampset skill snice nsenter py-spy".split()
)
"""Programs that stop, slow, limit or trace a process that they get by its number."""
_NAME = r"caro(d|[-_](hook|launch|relay|shim|trace|xtrace|daemon|server))?"
_FINDS_DAEMON = pattern(
    r"caro[\w-]*\.(lock|sock|pid)|caro daemon status|/caro/[\w.-]*(lock|sock|pid)\b"
    rf"|\b(ss|lsof|fuser|systemctl|launchctl|pgrep|pidof|ps|top|htop|pstree|awk|grep|rg|readlink)\b.*\b{_NAME}\b"
    rf"|/proc/.*\b{_NAME}\b|/cgroup/.*\b{_NAME}\b"
)
_ONE_LETTER = pattern(r"\[(\w)\]")
_OWN_NAME = pattern(rf"(^|[\s/^.@:=]){_NAME}([\s/.$@]|$)")
_RUNNING = "caro"
"""What pkill(1) and killall(1) see the daemon as, and what the names of the natives begin with."""
_SIMPLE_PATTERN = pattern(r"[\w^$.*+?|\[\]()-]{2,32}$")
_NESTED = pattern(r"[*+?][)*+?]")

_UNITS = frozenset(
    "cpulimit launchctl busctl dbus-send gdbus qdbus qdbus6 supervisorctl sv s6-svc s6-rc rc-service rc-update service"
    " initctl monit pm2 runsv svc dinitctl brew xkill skill snice systemctl machinectl loginctl cgdelete cgset"
    " systemd-cgls update-rc.d chkconfig insserv".split()
)
"""Service managers, and what speaks to them."""
_HALTS = pattern(
    r"(force-)?(stop|shutdown|halt|exit|down|kill|freeze|disable|mask|remove|delete|del|del(ete)?|unload|bootout|quit|"
    r"unmonitor|terminate|clean|revert|edit|set-property|link|isolate|off|pause|suspend|signal|-[dkpx]+|"
    r"(?:[\w.]*\.)?(Stop|Kill|Mask|Disable|Freeze|Terminate|Set)\w*|remove-\w+|unset\w*|limit|stop-all)$"
)

_REMOVES = frozenset(
    "uninstall remove purge erase rm del delete autoremove uninject unlink unmerge disable unuse deactivate clean"
    " --purge --remove --uninstall --unmerge --erase --delete".split()
)
_SHORT_REMOVES = pattern(r"-(R[a-z]*|[erPCD]|[a-z]*e)$")
"""Options of those that take verbs by letters: rpm(8), dpkg(1), pacman(8), nix-env(1), stow(8), emerge(1)."""
_BY_LETTERS = frozenset("rpm dpkg pacman yay paru nix-env stow emerge".split())
_PACKAGE = pattern(rf"([\w@][\w./@-]*/)?(python3?-|lib)?{_NAME}([=<>~!@:].*|\[.*\])?$")
_MANAGERS = frozenset(
    "pip pip3 pipx uv uvx conda mamba micromamba brew apt apt-get aptitude dpkg dnf microdnf yum zypper pacman yay paru"
    " rpm apk port snap nix nix-env nix-channel home-manager poetry pdm hatch rye easy_install flatpak pkg cargo npm"
    " pnpm yarn bun gem go mise asdf guix emerge xbps-remove eopkg stow update-alternatives dpkg-divert"
    " alternatives scoop choco winget rtx proto pixi pkgin opkg swupd urpme slackpkg removepkg nala".split()
)


def names_own_program(word: str) -> bool:
    """True if a pattern of pkill(1) or killall(1) is made to match Caro's programs: `car[o]`, `python.*caro`."""
    text = re.sub(r"[\\^$.*+?(){}|]", " ", _ONE_LETTER.sub(r"\1", word))
    return bool(_OWN_NAME.search(text.lower()))


_SIGNALS_IN_CODE = pattern(
    r"(?<![a-zA-Z])kill(pg|all)?\b|\.(terminate|suspend|send_signal|nice|rlimit|cpu_affinity)\(|\bSIG(KILL|STOP|TERM|INT)\b|\bptrace\b"
)
_IN_CODE = pattern(
    rf"(?<![\w/.-]){_NAME}(?![\w-])(?!\.py)|/caro/[\w.-]*(lock|sock|pid)|caro[\w-]*\.(lock|sock|pid)"
)


def ends_own_program(code: str, words: Iterable[str] = ()) -> bool:
    """True if code on the command line sends a signal to a process that it finds by Caro's name, or whose number is
    in Caro's lock; `words` are the other words of the command."""
    return bool(_SIGNALS_IN_CODE.search(code)) and any(map(_IN_CODE.search, (code, *words)))


def hits_own_program(word: str, exact: bool = False) -> bool:
    """True if pkill(1) with the pattern ends Caro's daemon: it names it, or matches some of its name (`ca.o`)."""
    if names_own_program(word):
        return True
    if not _SIMPLE_PATTERN.match(word) or _NESTED.search(word):
        return False
    try:
        found = re.fullmatch(word, _RUNNING) if exact else re.search(word, _RUNNING)
    except re.error:
        return False
    return found is not None and len(found[0]) >= 2


def note_own_process(call: Call) -> None:
    """Record that a signal goes to the process that Caro's lock names, or that was looked for by Caro's name:
    `kill $(cat …/caro.lock)`, `pgrep -f caro | xargs kill`; and that a package manager takes Caro away."""
    _note_package(call)
    _note_unit(call)
    _note_limit(call)
    _note_sessions(call)
    for word in call.argv[1:]:
        if call.name in _WRITES_FILES and is_of_daemon(call, word.removeprefix("of=")):
            call.effect("tamper_audit", "Caro's daemon", "", "own")
    if call.name not in SIGNALLERS or (call.name in ("xargs", "parallel") and not _signals(call)):
        return
    computed = call.name in ("xargs", "parallel") or any(
        OPEN in word or "*" in word for word in call.argv[1:]
    )
    told = [call.state.source, call.stdin.source, *(step.text for step in call.state.findings.steps)]
    if any(word == "%caro" or word.startswith("%?caro") for word in call.argv[1:]) or (
        computed and any(_FINDS_DAEMON.search(_ONE_LETTER.sub(r"\1", text)) for text in told)
    ):
        call.effect("tamper_audit", "Caro's daemon", "", "own")


_WRITES_FILES = frozenset("tee dd cp mv install sponge truncate sed cat sysctl".split())
_KERNEL_FILE = pattern(rf"(/proc|/sys/fs/cgroup)/.*{OPEN}")


def is_of_daemon(call: Call, path: str) -> bool:
    """True if the path is a file of the kernel's about a process that was looked for by Caro's name: proc(5)'s
    `oom_score_adj`, `mem`, cgroups(7)."""
    if not path.startswith(("/proc/", "/sys/fs/cgroup")):
        return False
    told = [call.state.source, *(step.text for step in call.state.findings.steps)]
    computed = bool(_KERNEL_FILE.match(path)) or "*" in path
    return computed and any(_FINDS_DAEMON.search(_ONE_LETTER.sub(r"\1", text)) for text in told)


_ENDS_SESSIONS = pattern(
    r"(tmux|screen|zellij|loginctl|systemctl|pkill|killall|skill|slay) "
    r"(?:.* )?(kill-server|kill-session(?= -a|$)|-X quit$|kill-all-sessions|delete-all-sessions"
    r"|(?:stop|kill|restart) user(@|-)\d*\S*|-P 1$|(?:-\S+ )*(tmux|screen|zellij)( server)?$)"
)


def _note_sessions(call: Call) -> None:
    """Record that an agent ends the terminals, or the user's manager, that Caro's shells and daemon run in; or every
    process whose parent is gone, as a daemon's is (`pkill -P 1`)."""
    if call.name not in ("tmux", "screen", "zellij", "systemctl", "pkill", "killall", "skill", "slay"):
        return
    line = " ".join((call.name, *map(str, call.argv[1:])))
    if call.state.world.agent is not None and _ENDS_SESSIONS.match(line):
        call.effect("tamper_audit", line[:60], "", "own", "agent_switch")


def _signals(call: Call) -> bool:
    return bool(SIGNALLERS & {word.rsplit("/", 1)[-1] for word in call.argv[1:]})


def _note_unit(call: Call) -> None:
    """Record that a service manager is told to stop, hide, slow or change the unit of Caro's daemon."""
    words = [str(word) for word in call.argv[1:]]
    if call.name not in _UNITS or not any(names_own_program(word) for word in words):
        return
    ends = call.name in ("xkill", "skill", "snice", "cgdelete", "cgset", "cpulimit")
    if ends or any(_HALTS.match(word) for word in words):
        call.effect("tamper_audit", "Caro's daemon", "", "own")


_LEAST = {"-f": 1024, "-n": 16, "-u": 16, "-v": 65536, "-t": 1, "-d": 4096, "-s": 64, "-l": -1}
"""ulimit(1p), bash(1): at or below these Caro's programs can't start or write in this shell."""


def _note_limit(call: Call) -> None:
    """Record that an agent takes from all that its shell starts what Caro's programs need: `ulimit -f 0`."""
    if call.name != "ulimit" or call.state.world.agent is None:
        return
    words = [str(word) for word in call.argv[1:]]
    option = next((word[-1] for word in words if word[:1] == "-" and word[-1:].isalpha()), "f")
    amount = next((word for word in words if word.isdigit()), "")
    kinds = {"-" + letter for word in words if word[:1] == "-" for letter in word[1:]} or {"-" + option}
    if amount and any(int(amount[:12]) <= _LEAST[kind] for kind in kinds & _LEAST.keys()):
        call.effect("tamper_audit", " ".join(("ulimit", *words)), "", "own", "agent_switch")


def _note_package(call: Call) -> None:
    words = [str(word) for word in call.argv[1:]]
    if call.name not in _MANAGERS or "--dry-run" in words:
        return
    ends = call.name in ("xbps-remove", "urpme", "removepkg")
    named = any(_PACKAGE.match(word.rpartition("#")[2] or word) for word in words)
    letters = call.name in _BY_LETTERS and any(_SHORT_REMOVES.match(word) for word in words)
    removed = named and (ends or letters or any(word in _REMOVES for word in words[:4]))
    again = {"--force-reinstall", "--force"} & set(words) and any("caro" in word for word in words)
    replaced = (again and "install" in words[:3]) or (
        "install" in words[:3] and any(re.match(r"caro\s*(==|<|@)", word) for word in words)
    )
    if removed or replaced or "uninstall-all" in words[:2]:
        call.effect("tamper_audit", f"{call.name}: the package caro", "", "own")
