"""Secrets that code names: sent where it talks to the network, shown where it prints."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call
from caro.safety.code.calls import calls_known
from caro.safety.code.plainer import HOME_CALLS
from caro.safety.code.strings import QUOTED
from caro.safety.effects import Effect
from caro.safety.values import HOME, arg

_SHOWS = pattern(r"\b(print|puts|console\.log|echo|p|pp|say|write|warn)\b|read\(\)")


_SECRET_IN_URL = pattern(
    r"(?i)https?://[^'\"]*['\"]\s*[+.]\s*(?:urllib\.parse\.quote\()?"
    r"(?:os\.environ(?:\.get)?|os\.getenv|process\.env|ENV|\$ENV|getenv)[\[({.]['\"]?\w*(?:TOKEN|SECRET|PASSW|API_?KEY|ACCESS_KEY)"
    r"|https?://[^'\"{$]*[{$]\{?(?:os\.environ|process\.env|ENV)[\[.]['\"]?\w*(?:TOKEN|SECRET|PASSW|API_?KEY|ACCESS_KEY)"
)
"""A secret of the environment that stands in an address: whoever keeps the server's log has it."""
_DELETES = pattern(
    r"\b(?:requests|httpx|session|client|axios|s|r|http)\.delete\(\s*['\"](https?://[^'\"]+)['\"]"
    r"|\bfetch\(\s*['\"](https?://[^'\"]+)['\"]\s*,\s*\{[^}]*method\s*:\s*['\"]DELETE",
    re.IGNORECASE,
)
"""An HTTP DELETE, in Python and in JavaScript."""


def judge_network(call: Call, text: str) -> None:
    """Secrets named in the code: sent where it talks to the network, shown where it prints."""
    text = (
        HOME_CALLS.sub(lambda match: f"'{HOME}{match[2] or ''}'", text)
        .replace(f"'{HOME}'+'", f"'{HOME}")
        .replace(f"'{HOME}'+\"", f'"{HOME}')
    )
    named = [next((g for g in match.groups() if g is not None), "") for match in QUOTED.finditer(text)]
    secret = next(
        (path for path in named if len(path) < 200 and targets.holds_secret(path.replace("~", HOME))), ""
    )
    private = next((path for path in named if targets.is_private(path)), "")
    whole = re.search(
        r"(dict|str|json\.dumps|urlencode)\((dict\()?os\.environ|JSON\.stringify\(process\.env\)|ENV\.(to_h|inspect)|%ENV",
        text,
    )
    whole = whole or _SECRET_IN_URL.search(text)
    if calls_known(call.state.knowledge).network.search(text) and (secret or private or whole):
        call.effect("send_data", secret or private or "the environment", "", "secret")
    elif secret and (_SHOWS.search(text) or call.arguments.has("-p", "--print", "-ne", "-pe")):
        call.emit(Effect("read_credential", call.name, scope="home_part"), [arg(secret)])
    if match := _DELETES.search(text):
        url = match[1] or match[2]
        if not re.match(r"https?://(localhost|127\.|\[::1|0\.0\.0\.0)", url):
            call.effect("destroy_resource", url, "", "api", base=52)
    if re.search(r"169\.254\.169\.254|metadata\.google\.internal", text):
        call.emit(Effect("read_credential", call.name, scope="metadata"), [arg("169.254.169.254")])
