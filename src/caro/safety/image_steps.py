"""Lines that say themselves that they are a step of an image's build (Dockerfile reference, RUN): they change a layer
that was just made, not a machine that somebody lives on."""

from __future__ import annotations

from caro.parse.pattern import pattern
from caro.safety.effects import Effect

_STEP = pattern(
    r"^\s*--(mount=type=|network=|security=)"
    r"|\bapt(-get)?\s[^;&|]*\b(install|update|upgrade|remove|purge)\b(?s:.)*\brm\s+-\w*\s[^;&|]*/var/lib/apt/lists"
    r"|\bapk\s[^;&|]*--(no-cache|virtual)\b|\bapk\s(?s:.)*\brm\s+-\w*\s[^;&|]*/var/cache/apk"
    r"|\b(yum|dnf)\s[^;&|]*\binstall\b(?s:.)*\brm\s+-\w*\s[^;&|]*/var/cache/(yum|dnf)\b|\bmicrodnf\s"
    r"|\bdocker-php-ext-(install|configure|enable)\b|\bsavedAptMark="
)
"""Options of RUN, and what is thrown away so that a layer is smaller: on a machine of one's own it is wanted again."""

_OF_LAYER = frozenset(
    {"gain_privilege", "tamper_audit", "change_permissions", "change_owner", "destroy_resource"}
)
_FILES = frozenset({"delete", "overwrite", "remove_software", "persist"})
_PLACES = frozenset(
    {"system_part", "log", "packaged", "absolute", "outside", "home_part", "home_data_part", ""}
)
_NEVER = frozenset({"own", "uid0", "container_escape", "setuid", "agent_switch", "obscured"})


def is_image_step(text: str) -> bool:
    """True if a line can hardly be anything but a step of an image's build."""
    return bool(_STEP.search(text))


def is_of_layer(effect: Effect) -> bool:
    """True if an effect of such a step is gone with the image: rights, accounts, logs and files of the system's own
    folders, never a disk, a home folder, the root, code from elsewhere or what leaves the machine."""
    if effect.facts & _NEVER or effect.via:
        return False
    if effect.name in _FILES or effect.name in ("change_permissions", "change_owner"):
        return effect.scope in _PLACES
    return effect.name in _OF_LAYER and (effect.name != "destroy_resource" or "account" in effect.facts)
