"""What a rule can't say with a template: small functions from a failure to commands, named by `decide`."""

from caro.fix.decisions import files, near, packages, shell
from caro.fix.decisions.registry import DECISIONS
from caro.fix.decisions.tables import says_errno

__all__ = ["DECISIONS", "files", "near", "packages", "says_errno", "shell"]
