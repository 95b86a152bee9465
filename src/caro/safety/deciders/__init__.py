"""Small functions for what data can't say; `decider = "name"` in a program's data calls one."""

from importlib import import_module

MODULES = ("code", "disk", "files", "git", "net", "packages", "services", "sql", "system")


def load() -> None:
    """Import every decider, which registers itself."""
    for module in MODULES:
        import_module(f"caro.safety.deciders.{module}")
