"""The mutation check can't rot: every mutant still finds its text, and some are hunted in every run."""

import pytest

from tools.mutants import MUTANTS, ROOT, hunt, table

SOME = ("a call's price is rounded down", "a posting may be booked twice", "a refund's fee is not kept")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_what_is_there(mutant) -> None:  # type: ignore[no-untyped-def]
    text = (ROOT / mutant.path).read_text(encoding="utf-8")
    assert mutant.changed(text) != text


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= 70


@pytest.mark.parametrize("name", SOME)
def test_a_mutant_is_caught(name: str) -> None:
    (mutant,) = [each for each in MUTANTS if each.name == name]
    caught = hunt(mutant, seeds=10)
    assert caught.law, table([caught])
