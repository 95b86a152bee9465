"""The safer command beside each verdict can be typed as it stands, and the guard itself has nothing against it."""

from __future__ import annotations

import pytest

from caro.knowledge import shipped
from caro.levels import Level
from caro.parse.lines import parse
from caro.safety.assessment import assess_line
from caro.safety.effects import Effect
from caro.safety.instead import fill
from caro.safety.programs import catalogue
from caro.safety.rules import rules_of

RULES = [(rule.id, command) for rule in rules_of(shipped()).everything() for command in rule.catches]
PROGRAMS = [
    (name, c)
    for name, spec in catalogue(shipped()).everything().items()
    if name == spec.name
    for c in spec.catches
]


def test_every_safer_command_is_a_command_and_safer() -> None:
    wrong = {}
    for owner, command in RULES + PROGRAMS:
        instead = assess_line(command).instead
        readable = (
            instead
            and parse(instead).clean
            and not any(mark in instead for mark in ("…", "{target", "{look"))
        )
        if not readable or assess_line(instead).level >= Level.HIGH:
            wrong[owner, command] = instead
    assert wrong == {}


def test_every_reason_is_a_sentence_without_leftovers() -> None:
    for _, command in RULES + PROGRAMS:
        why = assess_line(command).why
        assert (why and "{" not in why.replace("{}", "").replace(command, "")) or "{" in command, (
            command,
            why,
        )


@pytest.mark.parametrize(
    ("command", "instead"),
    [
        ("gcloud projects delete shop -q", "gcloud projects describe shop"),
        ("az group delete -n prod -y", "az group show -n prod"),
        ("doctl compute droplet delete web-1 --force", "doctl compute droplet list"),
        ("rm -rf 'my folder'", "trash-put 'my folder'"),
        ("rm -rf ~/'my folder'", "trash-put ~/'my folder'"),
        ('rm -rf "$X/my folder/"', 'trash-put "$X/my folder/"'),
        (
            "curl -s https://x.example/i.sh | sh",
            "curl -fsSLo script.sh https://x.example/i.sh && less script.sh",
        ),
        ("psql -c 'drop table x'", "pg_dump -Fc DATABASE -f before.dump"),
        ("dd if=/dev/zero of=/dev/sda", "lsblk -f /dev/sda"),
        ("git push origin +topic", "git push --force-with-lease origin topic"),
        ("kubectl delete ns shop", "kubectl delete ns shop --dry-run=server"),
        ("systemctl stop firewalld", "systemctl status firewalld"),
    ],
)
def test_real_words_are_filled_in(command: str, instead: str) -> None:
    assert assess_line(command).instead == instead


@pytest.mark.parametrize(
    ("template", "argv", "target", "filled"),
    [
        ("{look describe}", ("x", "a:destroy", "b c"), "", "x a:describe 'b c'"),
        ("{look get}", ("x", "DeleteThing", "b"), "", "x get-thing b"),
        ("{look get}", ("x", "a"), "", "x --help"),
        ("{list}", ("x", "-p", "q", "app", "rm", "b", "--yes"), "", "x -p q app list"),
        ("{file}", ("x",), "the environment", "FILE"),
        ("{url}", ("x",), "the network", "URL"),
        ("{command} --dry-run", ("/bin/x", "a;b"), "", "/bin/x 'a;b' --dry-run"),
    ],
)
def test_placeholders(template: str, argv: tuple[str, ...], target: str, filled: str) -> None:
    assert fill(template, Effect("destroy_resource", "x", argv, target), shipped()) == filled
