"""Every decision by the name that rules call it by: the modules beside this one register theirs."""

from caro.fix.decisions import files, near, packages, projects, shell
from caro.fix.decisions.registry import DECISIONS
from caro.fix.decisions.tables import says_errno

__all__ = ["DECISIONS", "files", "near", "packages", "projects", "says_errno", "shell"]
