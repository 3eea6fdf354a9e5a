import pytest

from telekarta.usecases.faults import Fault, described, kind_only


def down(steps: int) -> None:
    if not steps:
        raise KeyError("Jan Kowalski")
    down(steps - 1)


def test_a_fault_is_told_by_its_way_and_never_by_its_words() -> None:
    with pytest.raises(KeyError) as raised:
        down(1)
    kind, _, places = described(raised.value).partition(" at ")
    assert kind == "KeyError"
    assert [place.split(":")[0] for place in places.split(" < ")] == ["usecases/test_faults.py"] * 3


def test_a_fault_from_deep_down_is_told_by_its_innermost_lines() -> None:
    with pytest.raises(KeyError) as raised:
        down(50)
    assert described(raised.value).count(" < ") == 5


def test_a_fault_that_was_never_raised_has_no_way() -> None:
    assert described(ValueError("x")) == "ValueError"


def test_what_is_not_known_leaves_as_its_kind_and_is_told() -> None:
    told: list[str] = []
    guarded = kind_only(lambda what, error: told.append(error), LookupError)(down)
    with pytest.raises(KeyError):
        guarded(0)
    assert not told
    guarded = kind_only(lambda what, error: told.append(error), ValueError)(down)
    with pytest.raises(Fault, match=r"^KeyError$") as raised:
        guarded(0)
    assert raised.value.__context__ is None
    (way,) = told
    assert way.startswith("KeyError at usecases/test_faults.py:")
