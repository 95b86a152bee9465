"""A `Knowledge` is fixed, its layers stand in one order, and a view of it is made once."""

from __future__ import annotations

import pytest

from caro.knowledge import Knowledge, Layer, layer_of, shipped

ROOM = "room/things"


def names(knowledge: Knowledge) -> list[str]:
    return [document.name for document in knowledge.documents(ROOM)]


def layer(name: str) -> Layer:
    return layer_of(name, {ROOM: {f"{name}.toml": {"of": name}}})


def test_layers_stand_in_one_order_however_they_come() -> None:
    knowledge = Knowledge([layer("project"), layer("shipped"), layer("user"), layer("team")])
    assert names(knowledge) == ["shipped.toml", "team.toml", "user.toml", "project.toml"]
    assert knowledge.documents("no/room") == ()
    assert knowledge.documents(ROOM)[0].table["of"] == "shipped"


def test_a_view_is_made_once_for_each_value() -> None:
    made: list[Knowledge] = []

    def count(knowledge: Knowledge) -> int:
        made.append(knowledge)
        return len(knowledge.documents(ROOM))

    below = Knowledge([layer("shipped")])
    above = below.with_layers(layer("user"))
    assert [below.view(count), below.view(count), above.view(count), above.view(count)] == [1, 1, 2, 2]
    assert made == [below, above]


def test_overlays_are_told_from_what_ships() -> None:
    below = Knowledge([layer("shipped")])
    assert not below.overlays(ROOM)
    assert below.with_layers(layer("user")).overlays("other/room", ROOM)
    assert not below.with_layers(layer("user")).overlays("other/room")


def test_a_layer_has_a_known_name() -> None:
    with pytest.raises(ValueError, match="unknown layer 'mine'"):
        layer("mine")


def test_the_table_of_one_file() -> None:
    assert "destructive" in shipped().table("safety/verbs")
    with pytest.raises(KeyError):
        shipped().table("safety/nothing")


def test_what_ships_is_one_value() -> None:
    assert shipped() is shipped()
