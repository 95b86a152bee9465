"""Puts candidates in order: by confidence, but never a riskier command first without saying so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from caro.fix.model import Candidate, Failure, Fix, Risk, RiskOf
from caro.fix.words import simple_commands
from caro.levels import Level

MOST = 5
RISKIER = " (more risk than the line that failed"
"""What a fix's reason goes on with where it dares more."""

RISKY_OPTIONS = {
    "-f": "force", "--force": "force", "-r": "recursion", "-R": "recursion", "-rf": "recursion and force",
    "-fr": "recursion and force", "--recursive": "recursion", "--hard": "--hard", "--no-verify": "--no-verify",
    "-y": "yes to every question", "--yes": "yes to every question", "--delete": "--delete", "-delete": "-delete",
    "-D": "-D", "--force-with-lease": "force", "--overwrite": "--overwrite", "--break-system-packages":
    "--break-system-packages", "--allow-unrelated-histories": "--allow-unrelated-histories", "-k": "no TLS check",
    "--insecure": "no TLS check", "--no-check-certificate": "no TLS check", "--legacy-peer-deps": "looser checks",
    "--privileged": "--privileged", "--purge": "--purge", "-exec": "-exec", "--prune": "--prune",
    "--no-preserve-root": "--no-preserve-root", "--allow-root": "--allow-root", "--skip-broken": "--skip-broken",
}  # fmt: skip
RISKY_COMMANDS = frozenset(
    "rm dd mkfs fsck shred wipefs fdisk kill killall pkill reboot shutdown halt poweroff userdel"
    " truncate mkswap parted sudo doas su".split()
)
ASKERS = frozenset("apt apt-get dnf yum zypper pacman snap flatpak conda gcloud terraform".split())
"""Programs whose question `-y` would answer matters; `npm init -y` asks for a project's name."""
FORCED = frozenset("rm git docker podman ln mv cp kill pkill killall umount userdel pacman rmmod".split())
"""Programs whose `-f` is force; elsewhere it mostly names a file."""
HARMLESS_TREES = frozenset("grep egrep fgrep ls rsync scp zip zgrep diff".split())
RISKY_WORDS = frozenset(
    (
        "reset",
        "clean",
        "prune",
        "delete",
        "destroy",
        "purge",
        "uninstall",
        "drop",
        "rmi",
        "remove",
        "rm",
        "filter-branch",
    )
)


def _words(command: str) -> tuple[set[str], set[str], set[str]]:
    """Return programs, options and plain words of a line."""
    programs: set[str] = set()
    options: set[str] = set()
    plain: set[str] = set()
    for simple in simple_commands(command):
        programs |= {simple.name, *(word.text for word in simple.prefix)}
        for word in simple.words[1:]:
            (options if word.text.startswith("-") else plain).add(word.text)
    return programs, options, plain


def risks_added(before: str, after: str) -> tuple[str, ...]:
    """Return what the second line dares that the first did not: `sudo`, force, recursion, a destructive program."""
    old_programs, old_options, old_plain = _words(before)
    programs, options, plain = _words(after)
    found = [
        name for name in sorted(programs - old_programs) if name in RISKY_COMMANDS or name.startswith("mkfs")
    ]
    tame = {"-y", "--yes"} if not programs & ASKERS else set()
    tame |= {"-f"} if not programs & FORCED or "compose" in plain else set()
    tame |= {"-r", "-R", "--recursive"} if programs & HARMLESS_TREES else set()
    tame |= {"-k"} if "curl" not in programs else set()
    found += [RISKY_OPTIONS[name] for name in sorted(options - old_options - tame) if name in RISKY_OPTIONS]
    found += [name for name in sorted(plain - old_plain) if name in RISKY_WORDS]
    if {"chmod", "chown"} & (programs - old_programs) and (
        options & {"-R", "--recursive"} or plain & {"777", "a+rwx"}
    ):
        found.append("rights for everybody or everything")
    if "/" in plain - old_plain or "/*" in plain - old_plain:
        found.append("a wider target")
    return tuple(dict.fromkeys(found))


def _dares(risks: tuple[str, ...], judged: Risk) -> str:
    """Return what ends the sentence: what the fix brings in, or else how it is judged, where that says anything."""
    named = ", ".join(risks) or (f"judged {judged.level.word}" if judged.level > Level.LOW else "")
    return f": {named})" if named else ")"


def _is_no_fix(candidate: Candidate, failure: Failure, judged: Risk, own: Risk) -> bool:
    """True if too much is lost by it, whatever failed: a repository, a home, or, unless it was typed with a slip in
    it, work that nobody saved; or if it is worse than a line that was bad enough."""
    brought_in = candidate.tier == "rule" and not own.discards
    grave = judged.level >= Level.CRITICAL and own.level < Level.CRITICAL
    if grave or judged.deletes or (judged.discards and brought_in):
        return True
    # Of the line itself the guard has warned already: no rule's fix of it dares more.
    worse = judged.score > own.score or bool(risks_added(failure.command, candidate.command))
    return own.level >= Level.HIGH and candidate.tier == "rule" and worse


def _marked(candidate: Candidate, failure: Failure, judged: Risk, own: Risk) -> Fix:
    risks = risks_added(failure.command, candidate.command)
    raises = bool(risks) or judged.level > own.level or judged.score > own.score + 10
    level = max(judged.level, Level.MODERATE) if raises else judged.level
    why = candidate.why + (RISKIER + _dares(risks, judged) if raises else "")
    return Fix(candidate.command, min(candidate.score, 0.99), why, candidate.tier, level, raises, risks)


def _same_effect(command: str) -> str:
    return re.sub(r"[ \t\n]+", " ", command.strip(" \t\n"))


def ranked(
    candidates: Iterable[Candidate], failure: Failure, risk_of: RiskOf | None, least: float
) -> tuple[Fix, ...]:
    """Return the best few above the `least` confidence. Two tiers that agree make each other surer; a riskier fix
    stands behind every safer one that is sure enough itself, and one that loses too much is never offered."""
    best: dict[str, Candidate] = {}
    for candidate in candidates:
        key = _same_effect(candidate.command)
        if not key or key == _same_effect(failure.command) or "\x00" in key:
            continue
        known = best.get(key)
        if known is None:
            best[key] = candidate
            continue
        surer, other = (known, candidate) if known.score >= candidate.score else (candidate, known)
        both = 1 - (1 - surer.score) * (1 - 0.5 * other.score)
        best[key] = replace(surer, score=max(surer.score, min(both, 0.99)))
    first = sorted(best.values(), key=lambda candidate: -candidate.score)[: MOST + 2]
    own = risk_of(failure.command) if risk_of is not None and first else Risk()
    judged = [(one, risk_of(one.command) if risk_of is not None else Risk()) for one in first]
    fixes = [
        _marked(one, failure, risk, own) for one, risk in judged if not _is_no_fix(one, failure, risk, own)
    ]
    if not fixes or fixes[0].confidence < least:
        return ()
    fixes.sort(key=lambda fix: -(fix.confidence - (0.1 if fix.raises_risk else 0.0)))
    return tuple(fix for fix in fixes if fix.confidence >= min(least, 0.08))[:MOST]
