"""Where Caro keeps its files. XDG variables move the folders; nothing here writes to the disk.

Source: XDG Base Directory Specification 0.8 (relative values are ignored, as it asks).
"""

from __future__ import annotations

import functools
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from caro.xdg import NO_HOME, config_folder, home_of, xdg_folder


@dataclass(frozen=True)
class Paths:
    """All files of one user; make it with `Paths.of(os.environ)`."""

    home: Path
    config: Path
    data: Path
    state: Path
    cache: Path

    @classmethod
    def of(cls, env: Mapping[str, str] | None = None) -> Paths:
        env = os.environ if env is None else env
        return cls(
            home=Path(home_of(env)),
            config=Path(config_folder(env)),
            data=Path(xdg_folder(env, "XDG_DATA_HOME", ".local/share")),
            state=Path(xdg_folder(env, "XDG_STATE_HOME", ".local/state")),
            cache=Path(xdg_folder(env, "XDG_CACHE_HOME", ".cache")),
        )

    @property
    def no_home(self) -> str:
        """Why there is no place for Caro's files, as a sentence; empty where HOME is a folder."""
        if str(self.home) == NO_HOME:
            return "HOME is not set to a folder, so Caro keeps nothing"
        return "" if self.home.is_dir() else f"HOME is {self.home}, which is no folder, so Caro keeps nothing"

    @property
    def config_toml(self) -> Path:
        return self.config / "config.toml"

    @property
    def config_good(self) -> Path:
        """The last configuration without a fault: what holds while config.toml can't be read."""
        return self.config / "config.good.toml"

    @property
    def made_folders(self) -> Path:
        """The folders around Caro's own that were not there before it (`caro.trace.made_folders`)."""
        return self.config / "made_folders"

    @property
    def first_config(self) -> Path:
        """The digest of the config.toml that the installation wrote: an untouched one leaves with Caro."""
        return self.state / "first_config"

    @property
    def runtime_conf(self) -> Path:
        return self.config / "runtime.conf"

    @property
    def disabled(self) -> Path:
        return self.config / "disabled"

    @property
    def switched_off(self) -> bool:
        """True if the panic switch is there: a regular file of this user's; whatever else has that name is none."""
        try:
            status = self.disabled.lstat()
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()

    @property
    def bashenv(self) -> Path:
        return self.config / "bashenv"

    @property
    def xtrace(self) -> Path:
        """What bashenv sources where builtins are recorded."""
        return self.config / "xtrace.bash"

    @property
    def shell(self) -> Path:
        return self.config / "shell"

    @functools.cached_property
    def rules(self) -> Path:
        return self.config / "rules"

    @functools.cached_property
    def plugins(self) -> Path:
        """One folder for each plugin, named as it is."""
        return self.config / "plugins"

    @property
    def plugin_states(self) -> Path:
        """How the programs of plugins are, as the running daemon has them."""
        return self.state / "plugins.json"

    @property
    def plugin_exports(self) -> Path:
        """How far each plugin that takes events has taken them: one folder each."""
        return self.state / "plugin_exports"

    @functools.cached_property
    def trusted(self) -> Path:
        """Copies of what a person trusted: one file for each project (`caro trust`)."""
        return self.state / "trusted"

    @functools.cached_property
    def policies(self) -> Path:
        """Verified copies of the team's policies."""
        return self.state / "policy"

    @property
    def socket(self) -> Path:
        """The default; `CARO_SOCKET` alone moves it (settings knows)."""
        return self.config / "caro.sock"

    @property
    def shims(self) -> Path:
        return self.data / "shims"

    @property
    def bin(self) -> Path:
        return self.data / "bin"

    @property
    def undo(self) -> Path:
        """What risky lines took away, kept for `caro undo`."""
        return self.data / "undo"

    @property
    def recordings(self) -> Path:
        """What terminals showed, recorded by `caro record`."""
        return self.data / "recordings"

    @property
    def index_db(self) -> Path:
        return self.data / "index.db"

    @property
    def imported(self) -> Path:
        """The lines that `caro import` took from other histories: events as in the log, sorted by time."""
        return self.data / "imported.jsonl"

    @property
    def counted(self) -> Path:
        """Lines that are typed on one's other machines, with counts, where sync shares them."""
        return self.data / "counted.jsonl"

    @property
    def models(self) -> Path:
        """The models that were added: where their files lie, with their digests."""
        return self.data / "models.json"

    @property
    def tldr(self) -> Path:
        """The pages that `caro tldr fetch` took, as a search index."""
        return self.data / "tldr.db"

    @property
    def model_socket(self) -> Path:
        """Where the embedded model answers."""
        return self.config / "model.sock"

    @property
    def lines(self) -> Path:
        """The distinct typed lines of log and imported histories, for searches; the daemon makes it."""
        return self.data / "lines"

    @property
    def newest_lines(self) -> Path:
        """Those that were typed since `lines` was made, in the same form."""
        return self.data / "lines.new"

    @property
    def corrections_db(self) -> Path:
        return self.data / "corrections.db"

    @property
    def daemon_log(self) -> Path:
        return self.state / "daemon.log"

    @property
    def breaker(self) -> Path:
        return self.state / "breaker"

    @property
    def unwritten(self) -> Path:
        """One byte for each event that could not be written to the log."""
        return self.state / "unwritten"

    @property
    def fleet(self) -> Path:
        """How far the log was sent to a server, and what that refused."""
        return self.state / "fleet"

    @property
    def sync(self) -> Path:
        """What this machine knows of one's other machines, its key, and a copy of the remote."""
        return self.data / "sync"

    @property
    def default_log(self) -> Path:
        return self.home / ".trace_shell.jsonl"


OWN_WORDS = (
    sys.executable,
    "-c",
    "import sys; sys.path[:] = filter(None, sys.path); import runpy;"
    " runpy.run_module('caro', run_name='__main__', alter_sys=True)",
)
"""What starts Caro by this interpreter in the folder of somebody's: `-m` would run a `caro/` that lies there."""
