"""The one reader of config.toml and of `CARO_*` variables.

`SETTINGS` is the table: every key, its type, its default, one line of meaning. The documentation and the
error messages are made from it. A variable `CARO_SECTION_KEY` beats `section.key`; `SHORT_VARIABLES` lists
the few with a name of their own. Nothing here writes.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from caro.addition import Addition
from caro.additions import additions
from caro.errors import UsageError
from caro.mode_until import ModeUntil, read_mode_until
from caro.paths import Paths
from caro.regular_file import read_text_file
from caro.tightening import (
    NOTHING_REQUIRED,
    ONLY_ADDED_TO,
    Required,
    holding_everywhere,
    required_by,
    stricter,
    tighten,
    tightened_environments,
    together,
)


@dataclass(frozen=True)
class Setting:
    section: str
    key: str
    default: Any
    meaning: str
    choices: tuple[str, ...] = ()
    by_variable: bool = True
    """False: no variable sets it, since the gates hear of the file's alone."""

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        return f"CARO_{self.section}_{self.key}".upper()


DEFAULT_TOOLS = (
    "git npm npx node pnpm bun python python3 pip pip3 jq curl wget tar unzip make go cargo deno docker kubectl"
).split()

ATTENDED = (
    "vi vim nvim nano emacs micro hx helix ed less more most man info top htop btop watch ssh mosh telnet tmux screen"
    " zellij bash zsh fish sh su python python3 ipython node irb psql mysql sqlite3 redis-cli gdb lldb fzf tig lazygit"
    " ranger nnn mc tail journalctl sleep read claude codex gemini copilot opencode aider caro"
).split()
"""Editors, pagers, shells, other machines, interpreters, screens."""

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "shell",
        "explain",
        "key",
        "what a failure means: at Caro's prompt (`?`), or `always` below the failed line too",
        ("key", "always", "off"),
    ),
    Setting("shell", "suggestions", True, "offer completions and fixes at the prompt"),
    Setting(
        "shell",
        "ask_key",
        r"\C-x\C-p",
        "key that opens Caro's prompt over the current line (ctrl-x ctrl-p; keys are written as readline does)",
    ),
    Setting(
        "shell", "fix_key", r"\e\e", "key that puts the last fix into the line (ctrl-x ctrl-f works too)"
    ),
    Setting(
        "shell",
        "inline",
        False,
        "offer the rest of what is typed, in grey, as it is typed (zsh; bash below the relay)",
    ),
    Setting(
        "shell",
        "inline_fish",
        "fish",
        "whose grey text fish shows: its own (`fish`), or Caro's below the relay (`caro`)",
        choices=("fish", "caro"),
    ),
    Setting(
        "shell",
        "inline_key",
        r"\C-x\C-g",
        "key that switches grey text and hints off and on in one shell (ctrl-x ctrl-g)",
    ),
    Setting(
        "shell",
        "hints",
        True,
        "where grey text is on, a pause shows what the option under the cursor does, a high verdict, a shorter alias",
    ),
    Setting(
        "shell",
        "overlay_key",
        r"\C-x\C-t",
        "key that opens the record over the line, on the last failure (ctrl-x ctrl-t)",
    ),
    Setting(
        "shell",
        "hint_key",
        r"\C-x\C-w",
        "key that shows what the word under the cursor means (ctrl-x ctrl-w)",
    ),
    Setting(
        "shell", "complete", True, "Tab in bash and zsh knows tools that have no completion of their own"
    ),
    Setting(
        "shell", "pick", False, "ctrl-r searches the lines that you typed, where no other tool has that key"
    ),
    Setting("shell", "pick_height", 40, "rows that this search takes, in percent; 100 is the whole screen"),
    Setting(
        "shell", "pick_runs", False, "Enter in that search runs the line; else it puts it into the prompt"
    ),
    Setting(
        "shell",
        "relay",
        True,
        "`caro shell` keeps what the last command printed, in memory, for better fixes",
    ),
    Setting(
        "shell",
        "relay_always",
        False,
        "the same in every bash, zsh and fish on a terminal, with Caro in its rc file",
    ),
    Setting("daemon", "auto_start", True, "start the daemon when a shell finds none"),
    Setting("daemon", "timeout_ms", 50, "longest wait for the daemon at a prompt, in milliseconds"),
    Setting("daemon", "max_sessions", 1000, "sessions the daemon remembers"),
    Setting("daemon", "idle_minutes", 60, "the daemon ends after so many minutes without a session"),
    Setting("trace", "log_file", "", "the log; empty means `~/.trace_shell.jsonl`"),
    Setting("trace", "tools", DEFAULT_TOOLS, "tools that get a shim; `@core` stands for the core utilities"),
    Setting("trace", "mode", "auto", "how `caro run` observes", ("auto", "shims", "deep")),
    Setting("trace", "builtins", False, "record shell builtins too (through xtrace)"),
    Setting("trace", "env_diff", False, "record the names of variables that a command changed"),
    Setting("trace", "stderr_bytes", False, "record how much a redirected standard error grew"),
    Setting("trace", "rotate_mb", 64, "rotate the log above this size, in megabytes"),
    Setting("safety", "mode", "passive", "what the guard does", ("off", "passive", "active")),
    Setting(
        "safety",
        "mode_until",
        "",
        "until when `mode` holds, and what then: `2026-11-30T18:00:00+00:00 passive`; "
        "`caro config set safety.mode active 1h` writes it",
        by_variable=False,
    ),
    Setting(
        "safety",
        "agent_mode",
        "active",
        "the same for AI agents: their hooks, and sessions below them",
        ("off", "passive", "active"),
        by_variable=False,
    ),
    Setting("safety", "allow", [], "commands that always pass (made by `caro allow`)", by_variable=False),
    Setting(
        "safety", "block", [], "regular expressions (POSIX ERE) of lines that never run", by_variable=False
    ),
    Setting("safety", "folders", {}, 'mode by folder: `"~/prod" = "active"`', by_variable=False),
    Setting(
        "safety",
        "commands",
        {},
        "regular expression (POSIX ERE) to `warn`, `confirm` or `block`",
        by_variable=False,
    ),
    Setting(
        "safety",
        "undo",
        False,
        "keep what a risky line of yours takes away, and run it unasked (`caro undo` brings it back)",
    ),
    Setting("safety", "undo_days", 7, "what was kept is forgotten after so many days"),
    Setting("safety", "undo_seconds", 2, "how long keeping may take: above it the guard asks"),
    Setting("safety", "undo_gb", 2, "keep no more than this, in gigabytes: above it the guard asks"),
    Setting(
        "agent",
        "history",
        False,
        "`caro agent mcp` tells agents the lines that people typed",
        by_variable=False,
    ),
    Setting("fix", "learn", True, "remember what was typed after a failure"),
    Setting(
        "fix",
        "before",
        "off",
        "`offer` stops a line whose first word exists nowhere and has one sure fix, and puts that into the prompt",
        ("off", "offer"),
    ),
    Setting("fix", "confidence", 0.5, "show no fix below this confidence, 0 to 1"),
    Setting("privacy", "capture", "commands", "what is recorded", ("commands", "errors", "none")),
    Setting("privacy", "redact", True, "keep secrets out of every file"),
    Setting(
        "privacy", "retention_days", 90, "forget events but typed lines after so many days; 0 keeps them"
    ),
    Setting(
        "privacy",
        "history_days",
        0,
        "forget typed lines after so many days, imported ones so long after their import; 0 keeps them",
    ),
    Setting(
        "privacy",
        "shell_history",
        "keep",
        "lines that hold a secret, in the shell's own history; for shells that start from then on",
        ("keep", "mask", "drop"),
    ),
    Setting(
        "privacy",
        "ignore_space",
        True,
        "a line that begins with a blank does not come back: in grey text, ctrl-r, `caro history`, `caro stats`",
    ),
    Setting("privacy", "redact_patterns", [], "more secrets: regular expressions (POSIX ERE)"),
    Setting("recording", "max_mb", 64, "a recording of a terminal ends above this size, in megabytes"),
    Setting("recording", "days", 30, "recordings are forgotten after so many days; 0 keeps them"),
    Setting("llm", "enabled", False, "let `caro ask` ask a language model too"),
    Setting(
        "llm",
        "backend",
        "",
        "what the server speaks; empty: told by its port. `embedded` runs a model that was added, `exec` a program",
        ("", "openai", "ollama", "embedded", "exec"),
    ),
    Setting(
        "llm",
        "url",
        "",
        "its address on this machine (`http://127.0.0.1:11434`, `unix:/PATH`), or the program",
    ),
    Setting("llm", "model", "", "which model it runs"),
    Setting("llm", "remote", False, "let the address be on another machine; then it must be https"),
    Setting("llm", "key_file", "", "a file that holds the server's key; nobody else may read it"),
    Setting(
        "llm",
        "context",
        "words",
        "what it may be told beside the words, each with all before it: `folder` (its name and git's state), `files`"
        " (their names), `output` (the last line, its status, the end of what it printed); secrets are masked",
        ("words", "folder", "files", "output"),
    ),
    Setting(
        "llm",
        "fixes",
        True,
        "where it is enabled, ask it for the fix of a failed line that nothing else mends",
    ),
    Setting("llm", "timeout_ms", 3000, "longest wait for its first byte, in milliseconds"),
    Setting("llm", "whole_ms", 20000, "longest wait for the whole answer, in milliseconds"),
    Setting("llm", "idle_minutes", 10, "the embedded model ends after so many minutes without a question"),
    Setting(
        "plugins",
        "enabled",
        [],
        "plugins whose program the daemon runs: by folder, or a Python entry point (`caro plugin add`)",
        by_variable=False,
    ),
    Setting("plugins", "network", [], "of those, which may use the network", by_variable=False),
    Setting(
        "plugins",
        "unconfined",
        False,
        "run them also where neither Landlock nor bubblewrap can confine them",
        by_variable=False,
    ),
    Setting("sync", "history", False, "share typed lines with your other machines too", by_variable=False),
    Setting(
        "sync",
        "suggestions",
        False,
        "share which lines you type often, and how often, for the grey text of your other machines",
        by_variable=False,
    ),
    Setting("fleet", "enabled", False, "let `caro fleet run` send the record to a server", by_variable=False),
    Setting("fleet", "url", "", "its address: https, or http on this machine", by_variable=False),
    Setting(
        "fleet",
        "kind",
        "clickhouse",
        "what it speaks: ClickHouse's HTTP interface, or OTLP/HTTP with JSON",
        ("clickhouse", "otlp"),
        by_variable=False,
    ),
    Setting("fleet", "database", "caro", "ClickHouse: the database", by_variable=False),
    Setting("fleet", "user", "", "ClickHouse: the user that inserts; empty: its default", by_variable=False),
    Setting(
        "fleet",
        "token_file",
        "",
        "a file that holds the password or token; nobody else may read it",
        by_variable=False,
    ),
    Setting(
        "fleet",
        "ca_file",
        "",
        "authorities that may vouch for it, instead of the system's",
        by_variable=False,
    ),
    Setting("fleet", "signals", ["logs", "traces"], "OTLP: what is sent", by_variable=False),
    Setting("fleet", "every_s", 10, "send what came at least so often, in seconds", by_variable=False),
    Setting(
        "fleet",
        "disk_mb",
        1024,
        "while it can't be reached, keep so many megabytes unsent; then the oldest are dropped and counted",
        by_variable=False,
    ),
    Setting(
        "notify",
        "unusual",
        True,
        "say it at the prompt when a line took much longer than usual, or began to fail",
    ),
    Setting("notify", "long_lines", False, "tell the terminal or the desktop when a long line has ended"),
    Setting("notify", "seconds", 30, "how long a line has to take for that"),
    Setting(
        "notify",
        "ignore",
        ATTENDED,
        "programs in whose time a person's keys are: neither their time nor their end is spoken of",
    ),
    Setting("repl", "policy", "", "a policy file that every `caro repl` holds to", by_variable=False),
    Setting(
        "repl",
        "allow",
        [],
        'nothing but these commands runs in `caro repl`: `["ls", "git status *"]`',
        by_variable=False,
    ),
    Setting("repl", "deny", [], "commands that never run in `caro repl`", by_variable=False),
    Setting(
        "repl",
        "confirm",
        [],
        'commands that `caro repl` asks about; `["all"]`: every line',
        by_variable=False,
    ),
    Setting(
        "repl", "read_only", False, "nothing that writes or sends runs in `caro repl`", by_variable=False
    ),
    Setting(
        "repl",
        "reads",
        [],
        "commands that are known to read alone, beside Caro's own list",
        by_variable=False,
    ),
    Setting(
        "repl",
        "folders",
        [],
        "`caro repl` runs and changes nothing outside of these folders",
        by_variable=False,
    ),
    Setting(
        "repl",
        "hours",
        "",
        "`caro repl` runs commands in these hours alone: `09:00-17:30`",
        by_variable=False,
    ),
    Setting("repl", "days", [], "and on these days: `mon-fri`", by_variable=False),
    Setting("repl", "minutes", 0, "and so many minutes from its start; 0: no end", by_variable=False),
    Setting("repl", "highlight", True, "paint the line while it is typed"),
    Setting(
        "repl",
        "status",
        "auto",
        "mode, agent, how long and session at the right of the prompt; `auto`: what is not as always",
        ("auto", "always", "off"),
    ),
    Setting("ui", "colour", "auto", "colours", ("auto", "always", "never")),
)

REMOVED: dict[str, str] = {
    "fix.typos": "typos are looked for always; `fix.confidence` decides which fixes are shown",
    "ui.icons": "symbols are used where the locale has them; LC_ALL=C gives ASCII",
}
"""Keys that are no more, and what there is instead. A configuration that has one still loads, and a note says so."""

TABLE_CHOICES: dict[str, tuple[str, ...]] = {"safety.folders": ("off", "passive", "active")}
"""What the values of a table may be."""

TEXT_OR_LIST = ("safety.block", "privacy.redact_patterns")
"""Lists of which a single text is one element: that protects, and ignoring it would not."""

LARGEST = 999_999_999
"""Of whole numbers: what the natives read too (native/lib/base/runtime_conf.c)."""

SHORT_VARIABLES: dict[str, str] = {
    "CARO_SAFETY_LEVEL": "safety.mode",
    "TRACE_LOG_FILE": "trace.log_file",
    "TRACE_SHELL": "trace.log_file",
}
"""Variables with a name of their own; earlier ones beat later ones."""

OTHER_VARIABLES: dict[str, str] = {
    "CARO_CONFIG": "the configuration file, instead of `~/.config/caro/config.toml`",
    "CARO_SOCKET": "the daemon's socket",
    "CARO_LLM_KEY": "the key of the model's server, where `llm.key_file` names none",
    "CARO_DEBUG": "tell on standard error what Caro does",
    "CARO_NO_COLOR": "no colours (as `NO_COLOR`)",
    "CARO_ENV": "which `[environments.NAME]` holds",
    "CARO_POLICY": "set by `caro repl`: the copy of the policy that its shell began with",
    "CARO_PROMPT": "set by the functions of docs/prompt.md: what a prompt shows of Caro",
    "CARO_LINE": "set by the shells for `caro-hook` and `caro prompt`: the line",
    "CARO_ZDOTDIR": "set by `caro shell zsh`: the ZDOTDIR that is given back",
    "CARO_SHELL_ENV": "set by `caro shell sh`: the ENV that is given back",
    "CARO_BASH_TRAP": "bash: `1` takes the DEBUG trap instead of PS0, as bash before 4.4 does",
    "CARO_DISABLE": "switches everything off for that environment",
    "CARO_SESSION_ID": "set by Caro: the session that a command belongs to",
    "CARO_RELAY": "set by Caro: token, terminal and socket of the relay above this terminal",
    "CARO_RELAY_ENV_": "with a number: how a shell hands the environment that it was started with to the relay",
    "CARO_RELAY_SHELL": "set by the relay: process id of the shell that it started",
    "CARO_REPL": "set by the relay of `caro repl`: the token of its marks, gone before your rc files are read",
    "CARO_PARENT_ID": "set by Caro: the event of the exec above",
    "CARO_RUN": "set by `caro run`: the session it made, so that a run inside a run joins it",
    "CARO_AGENT": "name of the agent above",
    "CARO_LINE_ID": "set by Caro: the typed line that a command belongs to",
    "CARO_DEEP": "set in deep mode: a tracer records, shims only pass through",
    "CARO_BUILTINS": "set by `caro run --builtins`: the caro-xtrace program; bash then records its builtins",
    "CARO_XTRACE": "process id of the collector that the shells of a session share",
    "CARO_BASH_ENV": "set by Caro: the BASH_ENV that was there before, sourced first",
    "CARO_SHIM_LINEAGE": "set by the shims: which invocations enclose this one, to break loops",
    "SHIM_ACTIVE": "set by the shims: process and target, to know a re-entry",
    "ORIGINAL_PATH": "set by Caro: PATH without the shim folder",
    "CARO_CC": "build only: the C compiler",
    "CARO_TARGET": "build only: the target to cross-compile the natives for",
}

BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """All values, by dotted name: `settings["daemon.timeout_ms"]`; `origin` tells where each came from."""

    values: Mapping[str, Any]
    origin: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What is worth knowing and changes nothing: keys that are no more."""
    standing: Mapping[str, Any] = field(default_factory=dict)
    """The last good document, where this one has faults: its `[safety]` values stand for those that can't be read."""
    good_text: str | None = None
    """The file's text, to be kept as the last good one; empty: there is no file; None: keep what is kept."""
    good_file: Path | None = None
    """Where that is kept."""
    mode_until: ModeUntil | None = None
    """Until when `safety.mode` holds, where it ends by itself."""
    additions: tuple[Addition, ...] = ()
    """Plugins, trusted projects and policies; `values` and `environments` hold what they say already."""
    skipped: tuple[str, ...] = ()
    """What is wrong with plugins and projects that therefore say nothing."""

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def config_file(env: Mapping[str, str], paths: Paths) -> Path:
    return Path(env["CARO_CONFIG"]) if env.get("CARO_CONFIG") else paths.config_toml


def load_settings(env: Mapping[str, str] | None = None, paths: Paths | None = None) -> Settings:
    """Read the file and the variables. Problems never raise: they are listed, and the default stands; of a file
    that can't be read, and of `[safety]`, what the last good file said (`Paths.config_good`)."""
    env = os.environ if env is None else env
    paths = Paths.of(env) if paths is None else paths
    values = {setting.name: setting.default for setting in SETTINGS}
    origin = dict.fromkeys(values, "default")
    problems: list[str] = []
    file = config_file(env, paths)
    good = good_copy(file, paths)
    text, document, standing = _read_document(file, good, problems)
    environments = document.pop("environments", {}) if isinstance(document.get("environments"), dict) else {}
    name = env.get("CARO_ENV", "")
    _take_table(document, "file", values, origin, problems, standing)
    until = _end_of_mode(values, origin)
    for other in environments:
        kept = (values, origin) if other == name else (dict(values), dict(origin))
        problems += _take_environment(environments, other, *kept, standing)
    if any("safety" in problem.partition(":")[0].split(".") for problem in problems):
        text = None
    if problems:
        from caro.config_lines import with_lines

        problems = with_lines(problems, file)
    _take_variables(env, values, origin, problems)
    notes = removed_keys(document, *environments.values())
    added, wrong, skipped = additions(paths)
    problems += wrong
    if added:
        environments = _take_additions(added, values, environments, name)
    return Settings(
        values, origin, environments, tuple(problems), notes, standing, text, good, until, added, skipped
    )


def _take_additions(
    added: tuple[Addition, ...], values: dict[str, Any], environments: dict[str, Any], name: str
) -> dict[str, Any]:
    """Tighten the values by what lies above the configuration; return the environments so tightened."""
    everywhere = holding_everywhere(added)
    for addition in everywhere:
        tighten(values, addition, name)
    return tightened_environments(environments, everywhere)


def with_projects(settings: Settings, projects: tuple[Addition, ...]) -> Settings:
    """Return the settings as they are below the roots of these trusted projects."""
    if not projects:
        return settings
    values = dict(settings.values)
    for project in projects:
        tighten(values, project)
    environments = tightened_environments(settings.environments, projects)
    return replace(settings, values=values, environments=environments)


def required_modes(settings: Settings, name: str) -> Required:
    """Return the modes that policies ask for in an environment and that no allow entry lifts."""
    return required_by(settings.additions, name) if settings.additions else NOTHING_REQUIRED


def _end_of_mode(values: dict[str, Any], origin: dict[str, str]) -> ModeUntil | None:
    """Return until when the file's mode holds, None: for ever. One that is over is replaced by the mode after it."""
    until = read_mode_until(values["safety.mode_until"]) if values["safety.mode_until"] else None
    if until is None or time.time() < until.end:
        return until
    values["safety.mode"], origin["safety.mode"] = until.then, "safety.mode_until"
    return None


def good_copy(file: Path, paths: Paths) -> Path:
    """Return where the last good text of a configuration file is kept: one for each file that CARO_CONFIG names."""
    if file == paths.config_toml:
        return paths.config_good
    import hashlib

    name = hashlib.sha256(os.fsencode(os.path.abspath(file))).hexdigest()[:16]
    return paths.config_good.with_name(f"config.good.{name}.toml")


def removed_keys(*tables: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a sentence for each key in these tables that is no more, with what to do."""
    return tuple(
        f"{name} is no more and changes nothing: {REMOVED[name]}. Take it out with `caro config unset {name}`"
        for name in REMOVED
        if any(_has_key(table, name) for table in tables)
    )


def _has_key(table: Any, name: str) -> bool:
    section, key = name.split(".", 1)
    return isinstance(table, dict) and isinstance(table.get(section), dict) and key in table[section]


def with_environment(settings: Settings, name: str) -> Settings:
    """Return the settings as they are where `CARO_ENV` is `name`."""
    values, origin = dict(settings.values), dict(settings.origin)
    _take_environment(settings.environments, name, values, origin, settings.standing)
    return replace(settings, values=values, origin=origin)


def own_mode(settings: Settings, name: str) -> str | None:
    """Return the mode that `[environments.NAME]` itself chooses, of the settings `with_environment`; None: it has
    none."""
    chosen = settings.origin.get("safety.mode") == f"environments.{name}"
    return str(settings["safety.mode"]) if chosen else None


def mode_of(env: Mapping[str, str]) -> str | None:
    """Return the mode that an environment's variables choose, None where none does. Words that are no mode are passed
    over, as native/lib/base/runtime_conf.c does."""
    setting = BY_NAME["safety.mode"]
    short = [variable for variable, name in SHORT_VARIABLES.items() if name == setting.name]
    words = (env.get(variable, "").lower() for variable in (*short, setting.variable))
    return next((word for word in words if word in setting.choices), None)


def folder_modes(settings: Settings, home: str) -> dict[str, str]:
    """Return `[safety] folders` by absolute path; a folder that is a link also by the system's name for it. Of two
    modes of one folder the stricter holds."""
    return modes_by_path(settings["safety.folders"], home)


def modes_by_path(folders: Mapping[str, str], home: str) -> dict[str, str]:
    """Return the modes of folders as people write them (`~/prod`) by absolute path."""
    modes: dict[str, str] = {}
    for folder, mode in folders.items():
        place = home + folder[1:] if folder == "~" or folder.startswith("~/") else str(folder)
        if place.startswith("/"):
            for path in (place, os.path.realpath(place)):
                modes[path] = stricter("safety.folders", str(mode), modes.get(path))
    return modes


def _read_document(
    file: Path, good: Path, problems: list[str]
) -> tuple[str | None, dict[str, Any], dict[str, Any]]:
    """Return (text, document, the last good document). The last good one stands for a file that can't be read, and
    for one of no byte, as a full disk or an interrupted editor leaves it; `text` is then None."""
    try:
        text = read_text_file(file)
        standing = _last_good(good)
        if text or not standing:
            return text, _parsed(text), standing
        problems.append(f"{file}: it is empty; until it is written or removed, what it said before holds")
    except (FileNotFoundError, NotADirectoryError):
        return "", {}, {}
    except (OSError, ValueError) as error:
        standing = _last_good(good)
        meanwhile = "; until it is mended, what it said before holds" if standing else ""
        problems.append(f"{file}: {error}{meanwhile}")
    return None, dict(standing), standing


def _last_good(good: Path) -> dict[str, Any]:
    try:
        return _parsed(read_text_file(good))
    except (OSError, ValueError):
        return {}


def _parsed(text: str) -> dict[str, Any]:
    # Not at the top: most users have no file, and the import takes its time.
    import tomllib

    return tomllib.loads(text)


def _table_in(document: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """Return a table below a document by its path; an empty one where there is none."""
    found: Any = document
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _take_table(
    table: Mapping[str, Any],
    where: str,
    values: dict[str, Any],
    origin: dict[str, str],
    problems: list[str],
    standing: Mapping[str, Any],
) -> None:
    for section, keys in table.items():
        if not isinstance(keys, dict):
            problems.append(f"{section}: stands outside any section{nearest_hint(section)}")
            keys = dict(_table_in(standing, section)) if section == "safety" else {}
        for key, value in keys.items():
            name = f"{section}.{key}"
            setting = BY_NAME.get(name)
            if name in REMOVED:
                continue
            if setting is None:
                problems.append(f"{name}: no such key{nearest_hint(name)}")
                continue
            meant = as_meant(setting, value)
            reason = why_invalid(setting, meant)
            if reason is not None:
                stood = _table_in(standing, section).get(key) if section == "safety" else None
                meant = _stands(setting, meant, stood)
                meanwhile = "" if meant is None else f"; until it is changed, it is {meant!r}"
                problems.append(f"{name}: {reason}{meanwhile}")
            elif isinstance(meant, list) and isinstance(value, str):
                problems.append(f"{name}: {value!r} is not a list; it is taken as a list of one")
            if meant is not None:
                values[name], origin[name] = meant, where


def _take_environment(
    environments: Mapping[str, Any],
    name: str,
    values: dict[str, Any],
    origin: dict[str, str],
    standing: Mapping[str, Any],
) -> list[str]:
    """Take what `[environments.NAME]` says; return its problems."""
    problems: list[str] = []
    stood = _table_in(standing, "environments", name)
    where = f"environments.{name}"
    general = {key: values[key] for key in ONLY_ADDED_TO}
    _take_table(_table_in(environments, name), where, values, origin, problems, stood)
    for key, before in general.items():
        if values[key] is not before:
            values[key] = together(key, before, values[key])
    return [f"{where}.{problem}" for problem in problems]


def as_meant(setting: Setting, value: Any) -> Any:
    """Return the value as it is surely meant: words of a choice in any case, one text where a list of it protects."""
    if setting.choices and isinstance(value, str):
        return value.lower()
    if setting.name in TABLE_CHOICES and isinstance(value, dict):
        return {key: word.lower() if isinstance(word, str) else word for key, word in value.items()}
    return [value] if setting.name in TEXT_OR_LIST and isinstance(value, str) else value


def _stands(setting: Setting, value: Any, stood: Any) -> Any:
    """Return what holds in place of a value that can't be read: what `stood`, and of a table each entry that can be
    read; None: the default."""
    stood = as_meant(setting, stood)
    if stood is not None and why_invalid(setting, stood) is not None:
        stood = None
    if setting.name in TABLE_CHOICES and isinstance(value, dict):
        return (stood or {}) | {
            key: word for key, word in value.items() if word in TABLE_CHOICES[setting.name]
        }
    return stood


def _take_variables(
    env: Mapping[str, str], values: dict[str, Any], origin: dict[str, str], problems: list[str]
) -> None:
    variables = [(setting.variable, setting.name) for setting in SETTINGS if setting.by_variable]
    for variable, name in variables + list(reversed(SHORT_VARIABLES.items())):
        if not env.get(variable):
            continue
        try:
            values[name], origin[name] = parse_value(BY_NAME[name], env[variable]), variable
        except UsageError as error:
            problems.append(f"{variable}: {error}")


def parse_value(setting: Setting, text: str) -> Any:
    """Return the value of plain text (a variable, `caro config set`); raise UsageError."""
    value: Any = text
    if isinstance(setting.default, bool):
        words = {"true": True, "1": True, "yes": True, "on": True}
        words |= {"false": False, "0": False, "no": False, "off": False}
        value = words.get(text.lower(), text)
    elif isinstance(setting.default, float):
        try:
            value = float(text)
        except ValueError:
            pass
    elif isinstance(setting.default, int):
        # Digits alone, as the natives read them: int() takes more.
        value = int(text) if re.fullmatch(r"-?[0-9]{1,20}", text) else text
    elif isinstance(setting.default, list):
        value = text.split()
    elif isinstance(setting.default, dict):
        raise UsageError("a table can't be given as plain text; write it into config.toml")
    value = as_meant(setting, value)
    if (reason := why_invalid(setting, value)) is not None:
        raise UsageError(reason)
    return value


def why_invalid(setting: Setting, value: Any) -> str | None:
    """Return why a value doesn't fit, in words, or None."""
    if setting.choices and value not in setting.choices:
        return f"{value!r} is none of {', '.join(setting.choices)}"
    wanted = float if isinstance(setting.default, float) else type(setting.default)
    fits = isinstance(value, int | float) if wanted is float else isinstance(value, wanted)
    if not fits or (isinstance(value, bool) and wanted is not bool):
        return f"{value!r} is not {_TYPE_WORDS[wanted]}"
    if setting.name in TABLE_CHOICES:
        words = TABLE_CHOICES[setting.name]
        wrong = [f"{word!r} for {key}" for key, word in value.items() if word not in words]
        return f"{wrong[0]} is none of {', '.join(words)}" if wrong else None
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return f"{value!r} is below zero"
    if isinstance(value, int) and value > LARGEST:
        return f"{value!r} is above {LARGEST}"
    if setting.name == "safety.mode_until":
        return _why_no_end(value)
    if setting.name == "daemon.timeout_ms" and not value:
        return f"{value!r} is no time to wait: one millisecond is the least"
    return None


def _why_no_end(value: str) -> str | None:
    try:
        read_mode_until(value)
    except ValueError:
        return f"{value!r} is no time with its zone and a mode: 2026-11-30T18:00:00+00:00 passive"
    return None


_TYPE_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


def nearest_hint(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, list(BY_NAME), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def log_file(settings: Settings, paths: Paths) -> Path:
    """Return the log: `TRACE_LOG_FILE`, `TRACE_SHELL`, `trace.log_file` or the default."""
    name = str(settings["trace.log_file"])
    return Path(name).expanduser() if name else paths.default_log


def socket_file(env: Mapping[str, str], paths: Paths) -> Path:
    return Path(env["CARO_SOCKET"]) if env.get("CARO_SOCKET") else paths.socket


def lock_file(socket: Path) -> Path:
    """The lock that keeps the daemon single, beside its socket."""
    return socket.with_name(socket.name + ".lock")
