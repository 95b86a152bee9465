"""What the doctor asks of policies."""

from __future__ import annotations

import time
from collections.abc import Iterator

from caro.addition import POLICIES
from caro.additions import header_of
from caro.errors import CaroError
from caro.paths import Paths
from caro.policy.signature import verify
from caro.policy.store import DAY, WARNED_DAYS, every, expires, refused
from caro.settings import Settings


def policy_findings(settings: Settings, paths: Paths) -> Iterator[tuple[str, str, str]]:
    """Give (state, sentence, what to do) of each policy, as the doctor has them."""
    for kept in every(paths):
        name = kept.addition.name
        try:
            verify(kept.text, kept.signature, kept.signers, kept.revoked)
        except CaroError as error:
            yield "bad", f"policy {name}: {error}; it holds nevertheless", f"caro policy fetch {kept.source}"
        since, why = refused(paths, name)
        if why:
            told = (
                f"policy {name} was not renewed on {since[:10]}: {why}; serial {kept.serial} goes on holding"
            )
            yield "bad", told, "caro policy fetch"
    for one in settings.additions:
        if one.layer in POLICIES:
            yield age_of(one.title, header_of(one), one.enforced)


def age_of(title: str, header: object, enforced: bool) -> tuple[str, str, str]:
    """Return (state, sentence, what to do) of how long a policy holds by its own words."""
    try:
        end = expires(header)
    except CaroError as error:
        return "bad", f"{title}: {error}", "tell who signs it"
    left = None if end is None else (end - time.time()) / DAY
    if left is not None and left < 0:
        return "bad", f"{title} ended {-left:.0f} days ago; it goes on holding", "caro policy fetch"
    if left is not None and left < WARNED_DAYS:
        return "note", f"{title} ends in {left:.0f} days", "caro policy fetch"
    return "ok", f"{title} {'holds' if enforced else 'is observed'}", ""
