"""Every error that Caro raises on purpose.

CaroError                 a sentence for the user: what happened, to which thing, what to do next
├── UsageError            the command line or the configuration is wrong (exit status 2)
├── DaemonError           the daemon answered, but not as it should
│   └── DaemonAbsent      no daemon listens: normal, silent, work without it
└── RefusedError          something is in the way that Caro won't walk over (owner, mode, symlink)
"""


class CaroError(Exception):
    """A failure told in one sentence; `exit_status` is what the CLI ends with."""

    exit_status = 1


class UsageError(CaroError):
    exit_status = 2


class DaemonError(CaroError):
    pass


class DaemonAbsent(DaemonError):
    pass


class RefusedError(CaroError):
    pass
