"""Small functions for what data can't say; `decider = "name"` in a program's data calls one."""

from importlib import import_module

from caro.safety.call import DECIDERS, Decider

MODULES = tuple(
    "deletion copying modes archives finding reading editing git code system net packages services sql disk".split()
)


def decider_named(name: str) -> Decider:
    """Modules register their deciders when they are imported: as many as it takes to meet this one."""
    for module in MODULES:
        if name in DECIDERS:
            break
        import_module(f"caro.safety.deciders.{module}")
    return DECIDERS[name]


def load() -> None:
    """Import every decider."""
    for module in MODULES:
        import_module(f"caro.safety.deciders.{module}")
