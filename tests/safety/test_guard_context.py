"""What is known of the place raises and lowers a score, and the explanation says so."""

from __future__ import annotations

import pytest

from caro.levels import Level
from caro.safety.created import created_by
from caro.safety.verdict import Verdict, verdict_for
from caro.safety.world import World

HOME = "/home/me"


def reasons(verdict: Verdict) -> dict[str, int]:
    return {term.reason: term.points for term in verdict.findings[0].terms}


def world(cwd: str, **known: object) -> World:
    return World(cwd=cwd, home=HOME, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cwd", [f"{HOME}/x", f"{HOME}/projects/shop", "/data/work", f"{HOME}/Documents/thesis"]
)
@pytest.mark.parametrize(
    "line", ["rm -rf old", "rm -rf src", "rm -rf *", "rm -rf node_modules", "rm a.txt", "rm -rf .git"]
)
def test_an_everyday_folder_changes_nothing(line: str, cwd: str) -> None:
    assert verdict_for(line, world(cwd)).score == verdict_for(line).score


@pytest.mark.parametrize("cwd", ["/", "/etc", HOME, "/usr/lib"])
def test_a_vital_folder_makes_everything_in_it_vital(cwd: str) -> None:
    assert verdict_for("rm -rf *", world(cwd)).level == Level.CRITICAL


def test_another_folder_than_the_project() -> None:
    project = f"{HOME}/projects/shop"
    inside = verdict_for("rm -rf old", world(f"{project}/sub", project=project))
    outside = verdict_for("rm -rf ../../../other", world(f"{project}/sub", project=project))
    assert inside.level < Level.HIGH
    assert outside.level >= Level.HIGH
    assert reasons(outside)["outside the project"] == 10


def test_what_the_session_made_is_no_loss() -> None:
    made = world(f"{HOME}/x", created=frozenset({f"{HOME}/x/src"}))
    assert verdict_for("rm -rf src", world(f"{HOME}/x")).level == Level.HIGH
    assert verdict_for("rm -rf src", made).level == Level.LOW
    assert reasons(verdict_for("rm -rf ~/x/src", made))["made in this session"] == -30


@pytest.mark.parametrize("target", ["/etc", "~", "/", "~/Documents"])
def test_nothing_vital_is_ever_new(target: str) -> None:
    claimed = world("/", created=frozenset({"/etc", HOME, "/", f"{HOME}/Documents"}))
    assert verdict_for(f"rm -rf {target}", claimed).score == verdict_for(f"rm -rf {target}", world("/")).score


@pytest.mark.parametrize("target", ["mnt", "mnt/usb", "/work/mnt", "./mnt/../mnt/usb"])
def test_a_disk_that_hangs_below_is_said(target: str) -> None:
    mounted = world("/work", mounts=("/work/mnt/usb",))
    verdict = verdict_for(f"rm -rf {target}", mounted)
    assert verdict.level >= Level.HIGH
    assert reasons(verdict)["scope: mount"] == 20
    assert verdict_for("rm -rf mnt2", mounted).level < Level.HIGH


@pytest.mark.parametrize(
    ("line", "known", "points"),
    [
        ("iptables -F", {"ssh": True}, 10),
        ("rm -rf /srv/a", {"root": True}, 5),
        ("git reset --hard", {"tree_clean": True}, -40),
        ("kubectl delete ns a", {"kube_context": "prod-eu"}, 15),
        ("aws s3 rb s3://b", {"aws_profile": "production"}, 15),
        ("gcloud projects delete p", {"gcloud_project": "shop-prod"}, 15),
        ("dropdb a", {"host": "db1.prod.example.com"}, 15),
        ("dropdb a", {"environment": "production"}, 15),
        ("rm -rf ~", {"agent": "claude"}, 5),
    ],
)
def test_each_fact_of_the_place_is_a_term(line: str, known: dict[str, object], points: int) -> None:
    plain, told = verdict_for(line), verdict_for(line, World(**known))  # type: ignore[arg-type]
    new = {reason: value for reason, value in reasons(told).items() if reason not in reasons(plain)}
    assert list(new.values()) == [points]


def test_a_protected_branch_weighs_more() -> None:
    on_main, on_topic = (verdict_for("git push -f", World(branch=name)) for name in ("main", "topic"))
    assert reasons(on_main)["protected"] == 25
    assert "protected" not in reasons(on_topic)


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("mkdir a b", ["/w/a", "/w/b"]),
        ("mkdir a && cd a && mkdir b", ["/w/a", "/w/a/b"]),
        ("mkdir -p a", []),
        ("mkdir a; mkdir b", []),
        ("mkdir a || mkdir b", []),
        ("mkdir $X", []),
        ("mkdir ~/a", []),
        ("mkdir {a,b}", []),
        ("git clone https://example.com/a/b.git", ["/w/b"]),
        ("git clone --depth=1 https://example.com/a/b.git c", ["/w/c"]),
        ("git worktree add ../wt topic", ["/wt"]),
        ("cargo new app", ["/w/app"]),
        ("cd / && cargo new app", ["/app"]),
        ("ls", []),
        ("mkdir 'a b", []),
        ("(mkdir a)", []),
    ],
)
def test_what_a_line_makes(line: str, made: list[str]) -> None:
    assert created_by(line, "/w") == made
