"""Whatever the dialog may ask of the world, one use case performs it."""

import pkgutil
from importlib import import_module

import pytest

from telekarta.dialog import effects
from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Effect
from telekarta.dialog.effects.cards import AdmitCard, AdmitPin
from telekarta.dialog.effects.menu import ReadBalance
from telekarta.dialog.leg import Leg
from telekarta.domain.brands import LINES
from telekarta.usecases.performing import joined, perform
from tests.kit.house import House


def every_effect() -> set[type[Effect]]:
    files = [
        import_module(f"{effects.__name__}.{each.name}") for each in pkgutil.iter_modules(effects.__path__)
    ]
    return {
        value
        for file in files
        for value in vars(file).values()
        if isinstance(value, type) and issubclass(value, Effect) and value is not Effect
    }


def test_every_effect_is_performed() -> None:
    assert set(House().door.performers) == every_effect()


def test_an_effect_metric_is_of_an_outcome_that_it_has() -> None:
    for effect in every_effect():
        assert set(effect.counts) <= set(effect.outcomes)


def test_no_two_capabilities_perform_the_same_effect() -> None:
    def nobody(caller: Caller, effect: Effect) -> object:
        raise AssertionError

    joined({AdmitCard: nobody}, {AdmitPin: nobody})
    with pytest.raises(ValueError, match="AdmitPin"):
        joined({AdmitCard: nobody, AdmitPin: nobody}, {AdmitPin: nobody})


def test_an_effect_that_nobody_performs_is_a_fault() -> None:
    with pytest.raises(TypeError, match="ReadBalance"):
        perform({}, Caller(Leg("CA1", LINES["+48800901900"], "+48221234567")), ReadBalance())
