"""Services that read what to delete from a text: DNS updates, LDIF, Kerberos queries, frameworks' consoles."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
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
    """Judge nsupdate(1): `update delete`, and its short form `del`."""
    _reports(call, _texts(call), r"^\s*(update\s+)?del(ete)?\s+\S+.*$")
    return None


@decider("ldif")
def ldif(call: Call) -> Stream | None:
    """Judge ldapmodify(1), RFC 2849: a record whose changetype is delete."""
    _reports(call, _texts(call), r"^changetype:\s*delete\s*$")
    return None


@decider("kadmin")
def kadmin(call: Call) -> Stream | None:
    """Judge kadmin(1): the queries that delete, with their short names."""
    query = r"\b(delete_principal|delprinc|delete_policy|delpol|ktremove|ktrem|purgekeys|del_string)\b.*$"
    _reports(call, _texts(call, "-q"), query)
    return None


_ORM_DELETES = pattern(
    r"\.(delete_all|destroy_all)\b|each\s*\(&:(destroy|delete)!?\)|\bobjects\.all\(\)\.delete\(|::truncate\(|->truncate\(|::query\(\)->(force)?delete\("
    r"|\b(drop|truncate)\s+(table|database|schema)\b|\bdrop_(table|database)\b|Schema::drop|\bflushall\b|\bflushdb\b",
    re.IGNORECASE,
)


@decider("orm")
def orm(call: Call) -> Stream | None:
    """Judge code for a framework's console: `rails runner`, `manage.py shell -c`, `artisan tinker --execute`."""
    words = [str(word) for word in call.arguments.positional]
    if words[:1] == ["sqlflush"]:
        return Stream("truncate table everything;\n")  # what it prints empties every table
    if not words or words[0] not in (
        "runner",
        "r",
        "shell",
        "shell_plus",
        "console",
        "c",
        "tinker",
        "dbshell",
    ):
        return None
    texts = words[1:2] + [str(value) for value in call.arguments.all_values("-c", "--command", "--execute")]
    if call.stdin.text is not None:
        texts.append(call.stdin.text)
    for text in texts:
        if _ORM_DELETES.search(text):
            call.effect("destroy_data", shown(text.strip()[:120]), "", "everything")
    return None
