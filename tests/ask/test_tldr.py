"""tldr pages that somebody fetched: from where, how they are read, how they answer, and that they can go again."""

from __future__ import annotations

import http.server
import io
import json
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caro.errors import CaroError
from caro.machine.tldr import Tldr
from caro.machine.tldr_pages import examples_of, template_of
from caro.machine.tldr_sources import LONGEST_PAGE, pages_from

Caro = Callable[..., subprocess.CompletedProcess[str]]

PAGE = """\
# zorptool

> Knows zorps.
> More information: <https://example.com/zorptool>.

- [p]olish every zorp of a basket:

`zorptool {{[-p|--polish]}} {{path/to/basket_directory}}`

- Count the zorps:

`zorptool count {{path/to/file}}`

- Delete all zorps of a basket:

`zorptool rm --all {{basket}}`

- Display help:

`zorptool --help`
"""


@pytest.mark.parametrize(
    ("command", "template"),
    (
        ("tar cf {{path/to/target.tar}} {{path/to/file1 path/to/file2 ...}}", "tar cf {file} {file2}"),
        ("cp {{path/to/a}} {{path/to/a}}.old", "cp {file} {file}.old"),
        ("tail {{[-n|--lines]}} {{10}} {{path/to/file}}", "tail -n {num:10} {file}"),
        ("t -o {{json|yaml}} {{branch_name}}", "t -o json {branchname}"),
        (
            r"docker inspect -f '\{\{.State\}\}' {{container}}",
            "docker inspect -f '{{.State}}' {container}",
        ),
        ("ssh {{username}}@{{hostname}} -p {{port}}", "ssh {user}@{host} -p {port}"),
        ("curl {{https://example.com}}", "curl {url}"),
        ("awk '{print}' {{path/to/file}}", ""),
        ("ls \x1b[31m", ""),
        ("x" * 600, ""),
    ),
)
def test_placeholders_become_slots(command: str, template: str) -> None:
    assert template_of(command) == template


def test_a_page_is_read_without_its_help() -> None:
    told = [(one.tool, one.wording, one.template) for one in examples_of(PAGE)]
    assert told[0] == ("zorptool", "polish every zorp of a basket", "zorptool -p {dir}")
    assert [wording for _, wording, _ in told[1:]] == ["Count the zorps", "Delete all zorps of a basket"]
    assert examples_of("no page at all") == [] == examples_of("")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with pages of three platforms, a translation, a link and a page that is far too long."""
    root = tmp_path / "tldr"
    texts = {"pages/common/zorptool": PAGE, "pages/linux/zorptool": PAGE.replace("-p", "-P"),
             "pages/osx/mac": "# mac\n", "pages.de/common/zorptool": "# zorptool\n", "docs/common": "# x\n",
             "pages/common/long": "#" * (LONGEST_PAGE + 1)}  # fmt: skip
    for name, text in texts.items():
        file = root / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (root / "pages/common/link.md").symlink_to("/etc/passwd")
    return root


def packed(folder: Path) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for page in folder.rglob("*.md"):
            if not page.is_symlink():
                file.write(page, page.relative_to(folder))
    return data.getvalue()


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """A server on this machine that has the pages at /pages.zip, and sends whoever asks for /away elsewhere."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("Location", "http://192.0.2.1/pages.zip")
            self.end_headers()
            self.wfile.write(packed(folder) if self.path == "/pages.zip" else b"no zip")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def git_repository(folder: Path) -> str:
    for words in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", "-C", folder, *words], check=True)
    return f"file://{folder}"


def test_pages_come_from_a_folder_a_zip_an_address_or_a_repository(folder: Path, address: str) -> None:
    file = folder.parent / "pages.zip"
    file.write_bytes(packed(folder))
    for source in (str(folder), str(file), f"{address}/pages.zip", git_repository(folder)):
        assert [name for name, _ in pages_from(source, "linux")] == ["zorptool"], source
        assert "-P" in pages_from(source, "linux")[0][1] and "-P" not in pages_from(source, "osx")[1][1]


@pytest.mark.parametrize(
    ("source", "problem"),
    (
        ("FOLDER/nothing.zip", "No such file"),
        ("FOLDER/docs", "no tldr pages"),
        ("ADDRESS/none", "no tldr pages"),
        ("ADDRESS/away", "only https"),
        ("http://192.0.2.1/pages.zip", "only https"),
        ("ftp://127.0.0.1/pages.zip", "only https"),
        ("http://127.0.0.1.example.com/x", "only https"),
        ("file:///dev/null", "git clone failed"),
    ),
)
def test_what_is_no_source_is_said(folder: Path, address: str, source: str, problem: str) -> None:
    with pytest.raises(CaroError, match=problem):
        pages_from(source.replace("FOLDER", str(folder)).replace("ADDRESS", address), "linux")


def test_they_answer_until_they_are_removed(
    caro: Caro, home: Path, env: dict[str, str], folder: Path
) -> None:
    request = ("ask", "--json", "polish every zorp in ./basket with zorptool")
    assert caro("tldr", "show").returncode == 1
    before = caro(*request).stdout
    fetched = caro("tldr", "fetch", "--json", str(folder))
    assert fetched.returncode == 0, fetched.stderr
    told = json.loads(fetched.stdout)
    assert told["fetched"]["examples"] == 3 and "CC BY 4.0" in told["licence"]
    (first, *_) = json.loads(caro(*request).stdout)["commands"]
    assert first["command"] == "zorptool -P ./basket" and first["source"] == "tldr"
    assert "tldr pages, CC BY 4.0" in first["why"]
    # No word of change: what deletes isn't offered.
    asked = caro("ask", "--json", "all zorps of a basket with zorptool").stdout
    assert "rm --all" not in asked
    index = home / ".local/share/caro/tldr.db"
    assert index.stat().st_mode & 0o77 == 0
    index.write_bytes(b"broken" * 1000)
    assert caro(*request).stdout == before and Tldr(index).about() is None
    assert caro("tldr", "remove").returncode == 0 and not index.exists()
    assert caro(*request).stdout == before
