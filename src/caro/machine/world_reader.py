"""Read what the guard is told about the place where a line would run: from files, never by starting a program.

Each part is read only where the line's words may ask for it, and everything is bounded by counts, not by time:
the same question has the same answer on a busy machine. What can't be told for sure stays unknown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from caro.machine.git_state import GitPlace, find_git, read_small
from caro.machine.links import guarded_links
from caro.machine.mounts import mount_points

KUBE_PROGRAMS = re.compile(r"\b(kubectl|helm|oc|k9s|kustomize|flux|argocd|istioctl)\b")
GCLOUD_PROGRAMS = re.compile(r"\b(gcloud|gsutil|bq)\b")
PROJECT_PROGRAMS = re.compile(r"\b(npm|yarn|pnpm|bun|composer|g?make|just|task|rake|tox)\b")
"""They run scripts that a file of the folder holds."""
DELETING = re.compile(r"\b(rm|rmdir|mv|find|fd|shred|srm|rsync|rimraf|rmtree|unlink|trash)\b")
LOSING_WORK = re.compile(r"\b(reset|checkout|restore|clean|switch|rm)\b")
ELSEWHERE = re.compile(r"\b(cd|pushd|popd|chdir)\b|(^|\s)(-C|--git-dir|--work-tree)\b|GIT_")
"""The line works in another folder than the one it starts in."""
_ALIAS_SECTION = re.compile(r"^\s*\[alias\]\s*\n((?:(?!\s*\[).*\n?)*)", re.M | re.I)
_ALIAS = re.compile(r"^\s*([\w-]+)\s*=\s*(.+?)\s*$", re.M)
_CONTEXT = re.compile(r"""^current-context:\s*["']?([^\s"']+)""", re.M)
_PROJECT = re.compile(r"^\s*project\s*=\s*(\S+)", re.M)


def read_world(
    words: str | Iterable[str], cwd: str | None, home: str | None, env: Mapping[str, str]
) -> dict[str, Any]:
    """Return fields of a `World`; those that are not known are left out. `env` is that of the shell."""
    text = words if isinstance(words, str) else " ".join(words)
    known: dict[str, Any] = {
        "ssh": bool(env.get("SSH_CONNECTION")),
        "environment": env.get("CARO_ENV") or None,
        "aws_profile": env.get("AWS_PROFILE") or env.get("AWS_DEFAULT_PROFILE") or None,
    }
    known["links"] = guarded_links(text, cwd, home)
    place = find_git(cwd)
    if place is not None:
        known["project"] = place.worktree
        if "git" in text:
            known |= _git_fields(place, text, home)
    if DELETING.search(text):
        known["mounts"] = mount_points()
        known["trash"] = trash_command(env.get("PATH", ""))
    if cwd and (asked := PROJECT_PROGRAMS.findall(text)):
        known["project_files"] = _project_files(cwd, asked)
    if KUBE_PROGRAMS.search(text):
        known["kube_context"] = _kube_context(env, home)
    if GCLOUD_PROGRAMS.search(text):
        known["gcloud_project"] = _gcloud_project(env, home)
    return known


TRASH = {"trash-put": "trash-put", "trash": "trash", "gio": "gio trash"}
"""Programs that put files into the trash can, and how they are called for it."""


def trash_command(path: str) -> str:
    """Return the command that puts files into the trash can, by the folders of PATH; "" where there is none."""
    folders = [folder for folder in path.split(":") if folder.startswith("/")][:64]
    for program, command in TRASH.items():
        if any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders):
            return command
    return ""


def _project_files(cwd: str, programs: Iterable[str]) -> dict[str, str]:
    """Return the texts of the folder's files that hold the scripts of these programs."""
    from caro.safety.project_scripts import FILES

    found: dict[str, str] = {}
    for name in dict.fromkeys(name for program in programs for name in FILES.get(program, ())):
        text = read_small(f"{cwd}/{name}")
        if text:
            found[name] = text
    return found


def _git_fields(place: GitPlace, text: str, home: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"git_aliases": _aliases(place, home)}
    if ELSEWHERE.search(text):
        return fields
    fields["branch"] = place.branch()
    if LOSING_WORK.search(text):
        fields["tree_clean"] = place.is_clean(with_untracked=bool(re.search(r"\bclean\b", text)))
    return fields


def _aliases(place: GitPlace, home: str | None) -> dict[str, str]:
    texts = [read_small(f"{home}/.gitconfig"), read_small(f"{home}/.config/git/config")] if home else []
    texts.append(read_small(f"{place.common}/config"))
    found: dict[str, str] = {}
    for text in texts:
        for section in _ALIAS_SECTION.finditer(text):
            found.update((match[1], match[2]) for match in _ALIAS.finditer(section[1]))
    return found


def _kube_context(env: Mapping[str, str], home: str | None) -> str | None:
    files = [file for file in env.get("KUBECONFIG", "").split(":") if file]
    for file in files or ([f"{home}/.kube/config"] if home else []):
        found = _CONTEXT.search(read_small(file))
        if found:
            return found[1]
    return None


def _gcloud_project(env: Mapping[str, str], home: str | None) -> str | None:
    if env.get("CLOUDSDK_CORE_PROJECT"):
        return env["CLOUDSDK_CORE_PROJECT"]
    folder = f"{home}/.config/gcloud"
    name = (
        env.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or read_small(f"{folder}/active_config").strip() or "default"
    )
    found = None if os.sep in name else _PROJECT.search(read_small(f"{folder}/configurations/config_{name}"))
    return found[1] if found else None
