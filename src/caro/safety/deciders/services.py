"""Services that read what to delete from a text: DNS updates, LDIF, Kerberos queries."""

from __future__ import annotations

import re

from caro.safety.call import Call, decider
from caro.safety.streams import Stream
from caro.safety.values import shown


def _texts(call: Call, *options: str) -> list[str]:
    texts = [str(value) for value in call.arguments.all_values(*options)]
    if call.stdin.text is not None:
        texts.append(call.stdin.text)
    return texts


def _reports(call: Call, texts: list[str], pattern: str) -> None:
    for text in texts:
        match = re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
        if match:
            call.effect("destroy_resource", shown(match[0].strip()))


@decider("nsupdate")
def nsupdate(call: Call) -> Stream | None:
    """nsupdate(1): `update delete`, and its short form `del`."""
    _reports(call, _texts(call), r"^\s*(update\s+)?del(ete)?\s+\S+.*$")
    return None


@decider("ldif")
def ldif(call: Call) -> Stream | None:
    """ldapmodify(1), RFC 2849: a record whose changetype is delete."""
    _reports(call, _texts(call), r"^changetype:\s*delete\s*$")
    return None


@decider("kadmin")
def kadmin(call: Call) -> Stream | None:
    """kadmin(1): the queries that delete, with their short names."""
    query = r"\b(delete_principal|delprinc|delete_policy|delpol|ktremove|ktrem|purgekeys|del_string)\b.*$"
    _reports(call, _texts(call, "-q"), query)
    return None
