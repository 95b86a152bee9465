"""What stands below `caro COMMAND --help`: lines to try, which the tests of the documented commands run."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "status": ("caro status", "caro status --prompt"),
    "run": ("caro run -- make test", "caro run --agent claude-code -- claude"),
    "log": ("caro log --last", "caro log --failed --since 2h"),
    "history": ("caro history --here --failed", "caro history --grep push"),
    "import": ("caro import auto", "caro import bash"),
    "tail": ("caro tail",),
    "tree": ("caro tree", "caro tree --last"),
    "stats": ("caro stats --last", "caro stats --since today"),
    "show": ("caro show last", "caro show last --shell"),
    "tui": ("caro tui", "caro tui --plain"),
    "record": ("caro record", "caro record -- make test", "caro record --session"),
    "play": ("caro play", "caro play --list", "caro play --at last"),
    "report": ("caro report --last", "caro report --ci"),
    "export": ("caro export compile-commands", "caro export chrome -o trace.json"),
    "fleet": ("caro fleet status", "caro fleet schema", "caro fleet query"),
    "sync": ("caro sync setup ~/sync.git", "caro sync push", "caro sync devices"),
    "privacy": ("caro privacy export", "caro privacy delete --all --yes"),
    "check": ("caro check 'rm -rf \"$HOME\"/*'", "caro check --script script.sh"),
    "explain": ("caro explain 'tar -xzf all.tgz'", "caro explain 'git push --force'"),
    "explain-error": ("caro explain-error", "caro explain-error --command 'make tset' --exit 2"),
    "help-output": ("ls -l | caro help-output 'ls -l'",),
    "allow": ("caro allow add 'git push --force' --reason 'my own branch' --for 8h", "caro allow list"),
    "undo": ("caro undo --list", "caro undo --diff"),
    "fix": ("caro fix", "caro fix --command 'gti status' --exit 127"),
    "ask": ('caro ask "files over 10 MB changed this week"', "caro ask delete the remote branch topic"),
    "model": ("caro model detect",),
    "tldr": ("caro tldr fetch ~/tldr.zip", "caro tldr remove"),
    "shell": ("caro shell", "caro shell --no-relay"),
    "repl": ("caro repl zsh", "caro repl --dry-run -c 'rm -rf build'"),
    "config": ("caro config list", "caro config edit", "caro config set safety.mode active"),
    "help": ("caro help", "caro help off"),
    "tour": ("caro tour",),
    "prompt": ("caro prompt --shell zsh",),
    "install": ("caro install", "caro install --dry-run"),
    "uninstall": ("caro uninstall --dry-run", "caro uninstall --purge"),
    "agent": ("caro agent list", "caro agent install claude-code", "caro agent status"),
    "plugin": ("caro plugin list", "caro plugin check"),
    "policy": ("caro policy show", "caro policy verify"),
    "trust": ("caro trust --list",),
    "shims": ("caro shims sync", "caro shims list", "caro shims remove --all"),
    "init": ("caro init zsh --shims-only",),
    "disable": ("caro disable",),
    "enable": ("caro enable",),
    "daemon": ("caro daemon status --json", "caro daemon run"),
    "doctor": ("caro doctor", "caro doctor --fix"),
    "version": ("caro version",),
    "completion": ("caro completion bash",),
    "summary": ("caro summary --help",),
}
"""By the name of the command."""


def examples_text(name: str) -> str:
    """Return the examples of a command as they stand below its help."""
    return "\nexamples:\n" + "".join(f"  {line}\n" for line in EXAMPLES[name])
