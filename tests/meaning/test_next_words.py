"""What Tab offers behind a tool that nobody else completes: sub-commands, options, values, arguments, files."""

from __future__ import annotations

from pathlib import Path

import pytest

from caro.knowledge import shipped
from caro.machine.inventory import Machine, MachineInventory
from caro.meaning.next_words import FILES, VALUES, next_words


def rows(line: str, folder: Path) -> list[tuple[str, str]]:
    inventory = MachineInventory(Machine("/usr/bin:/bin"), str(folder), frozenset(), str(folder))
    return next_words(line, shipped(), inventory)


@pytest.mark.parametrize(
    ("line", "among"),
    [
        ("kubectl rollo", "rollout"),
        ("kubectl get --all-n", "--all-namespaces"),
        ("kubectl get -o ", "yaml"),
        ("kubectl get --output=y", "--output=yaml"),
        ("cd x && kubectl get po", "pods"),
        ("grep --color=al", "--color=always"),
        ("sudo -u root git merge --strategy=o", "--strategy=ort"),
        ("make bui", "build"),
        ("ssh -l ann exam", "example.test"),
    ],
)
def test_a_word_that_fits(tmp_path: Path, line: str, among: str) -> None:
    (tmp_path / "Makefile").write_text("build:\n\ttrue\n")
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text("Host example.test exam$(reboot)\n")
    found = [word for word, _ in rows(line, tmp_path)]
    assert among in found and not any("$" in word for word in found)


@pytest.mark.parametrize(
    ("line", "patterns"),
    [
        ("unzip ", "*.zip *.jar *.whl"),
        ("helm install --values=a/", "*.yaml *.yml"),
        ("kubectl apply -f ", "*.yaml *.yml *.json"),
        ("docker build -f Do", "Dockerfile* *.Dockerfile"),
        ("git -C ", "/"),
        ("cd ", "/"),
        ("cd s", "/"),
        ("pushd s", "/"),
        ("unzip a\\ b", "*.zip *.jar *.whl"),
    ],
)
def test_files_of_a_kind(tmp_path: Path, line: str, patterns: str) -> None:
    (tmp_path / "src").mkdir()
    assert rows(line, tmp_path) == [(FILES, patterns)]


@pytest.mark.parametrize("line", ["", "kub", "nobody-knows-it ", "echo 'a ", "kubectl get $(", "cat "])
def test_nothing_to_say(tmp_path: Path, line: str) -> None:
    assert rows(line, tmp_path) == []


def test_the_table_holds_plain_words() -> None:
    """Shells take its patterns as they are."""
    for part in shipped().table(VALUES).values():
        for key, words in part.items():
            assert key == " ".join(key.split()) and words
            assert all(
                set(word) <= set("*./") or word.strip("*.").replace("-", "").isascii() for word in words
            )
            assert not any(set(word) & set(" '\"$`\\;&|<>()") for word in words)
