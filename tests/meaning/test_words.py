"""What each word of a line means: by the tables, by a manual page or `--help`, by its form."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from caro.fix.model import NoInventory
from caro.knowledge import shipped
from caro.meaning.numbers import mode_in_words, size_in_words
from caro.meaning.pages import Page, help_page, manual_page
from caro.meaning.words import Tables, meanings

MAN = r""".TH FROB 1
.SH NAME
frob \- frobs \fBfiles\fR. And more.
.SH OPTIONS
.TP
\fB\-a\fR, \fB\-\-all\fR
take all of them. Not one is left.
.TP
.BR \-n , " \-\-lines" =\fINUM\fR
only NUM lines
.IP "\-q" 4
be quiet
"""
DOCBOOK = r""".SH "NAME"
frob-add \- Adds a frob
.PP
\-p, \-\-patch
.RS 4
Choose hunks of it\&. Then more\&.
.RE
.PP
\fBstart\fR [\fIPATTERN\fR\&...]
.RS 4
Start units\&.
.RE
"""
MDOC = r""".Sh NAME
.Nm frob
.Nd frobs over the network
.Bl -tag
.It Fl b Ar bind_address
Use
.Ar bind_address
on the local machine.
.It Fl 4
Forces IPv4.
.El
"""
HELP = """usage: frob [OPTIONS]
  -v, --verbose        say more
      --depth N        go so deep
  --long-name-of-it
        stands above its meaning
Commands:
  build       Build the thing
"""


def told(line: str, page: Callable[[str], tuple[Page, str]] | None = None) -> dict[str, str]:
    found = meanings(line, shipped(), NoInventory(), page or (lambda name: (Page(), "")))
    return {one.text: one.says for one in found}


@pytest.mark.parametrize(
    ("line", "words"),
    (
        (
            "tar -xzvf a.tgz",
            {"-x": "take files out", "-z": "gzip", "-v": "name each", "a.tgz": "the archive of -f"},
        ),
        (
            "tar xzf a.tgz -C /tmp",
            {"x": "take files out", "a.tgz": "the archive of -f", "/tmp": "the folder of -C"},
        ),
        ("git commit -am 'x y'", {"commit": "record", "-a": "all changes", "'x y'": "the text of -m"}),
        (
            "find . -mtime +7 -type f -exec rm {} +",
            {"+7": "more than 7 days ago", "f": "files", "{}": "the file that was found"},
        ),
        (
            "sudo chmod -R 755 d 2>/dev/null &",
            {
                "755": "owner: read, write, run; group",
                "2> /dev/null": "errors are thrown away",
                "&": "background",
            },
        ),
        ("make -j8 && kill -9 12", {"8": "the number of -j", "&&": "only if that went well", "-9": "KILL"}),
        ("for f in a b; do echo $f; done", {"for": "for each", "done": "end of the loop"}),
        (
            "A=1 env | grep --color=auto -c x >> out",
            {"A=1": "A is 1", "auto": "of --color", ">> out": "added at the end"},
        ),
        (
            "docker run -p 80:8080 -v /d:/e:ro img",
            {"80:8080": "port 80 here", "/d:/e:ro": "for reading only", "img": "the image"},
        ),
        ("head -20 f", {"-20": "so many: 20"}),
        ("rm -- -f", {"--": "end of the options", "-f": "what to delete"}),
        ('echo "', {'"': "text"}),
        ("git reset --hard HEAD~2", {"HEAD~2": "2 commits before HEAD", "--hard": "lost"}),
    ),
)
def test_words_of_a_line(line: str, words: dict[str, str]) -> None:
    found = told(line)
    assert {word: found.get(word) for word, said in words.items() if said not in found.get(word, "")} == {}


def test_a_manual_page_tells_what_no_table_has() -> None:
    pages = {"frob": (manual_page(MAN), "manual"), "frob add": (manual_page(DOCBOOK), "manual")}
    found = told("frob -qn 3 --all x", lambda name: pages.get(name, (Page(), "")))
    assert found["frob"] == "frobs files"
    assert (found["-q"], found["-n"], found["3"]) == ("be quiet", "only NUM lines", "the num of -n")
    assert found["--all"] == "take all of them"


def test_pages_of_every_style() -> None:
    assert manual_page(DOCBOOK).options["--patch"] == "Choose hunks of it"
    assert manual_page(DOCBOOK).words["start"] == "Start units"
    mdoc = manual_page(MDOC)
    assert mdoc.summary == "frobs over the network"
    assert mdoc.options["-b"] == "Use bind_address on the local machine"
    assert mdoc.valued["-b"] == "BIND_ADDRESS"
    own = help_page(HELP)
    assert own.options == {"-v": "say more", "--verbose": "say more", "--depth": "go so deep",
                           "--long-name-of-it": "stands above its meaning"}  # fmt: skip
    assert own.words == {"build": "Build the thing"}
    assert manual_page("\x00.TP\n\\f").options == {}


def test_numbers_in_words() -> None:
    assert (
        mode_in_words("u+x,go-w")
        == "the owner may also run or enter; the group and others may no longer write"
    )
    assert mode_in_words("nonsense") == ""
    assert size_in_words("-5k") == "less than 5 KiB"


def test_every_entry_says_something() -> None:
    entries = Tables(shipped()).entries
    assert len(entries) >= 100
    wrong = [name for name, entry in entries.items() if not (entry.summary or entry.options or entry.subs)]
    assert wrong == []
    assert [
        name
        for name, entry in entries.items()
        for said in (*entry.options.values(), *entry.subs.values())
        if not said
    ] == []


def test_explain_says_the_words_first(
    caro: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    lines = caro("explain", "tar -xzvf a.tgz").stdout.splitlines()
    assert lines[0].split()[0] == "tar"
    assert lines[1].split(maxsplit=1) == ["-x", "take files out of the archive"]
    row = json.loads(caro("explain", "--json", "tar -xzvf a.tgz").stdout)["words"][-1]
    assert row == {"text": "a.tgz", "role": "value", "meaning": "the archive of -f", "source": "form"}
