"""What happens in the simulated world is collected from the capabilities, and nothing gets lost."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests import simulation
from tests.simulation.registry import LAWS, STEPS
from tests.simulation.steps import Step

FILES = sorted(Path(simulation.__path__[0]).glob("*.py"))
ENGINE = ("__main__", "auditor", "cloud", "play", "steps", "world")


def capabilities() -> list[ModuleType]:
    """The files outside of the engine that export steps."""
    others = {file.stem for file in FILES if not file.stem.startswith(("test_", "__"))}
    modules = [import_module(f"tests.simulation.{name}") for name in sorted(others - {*ENGINE, "registry"})]
    return [module for module in modules if hasattr(module, "STEPS")]


def test_every_capabilitys_steps_are_collected_once() -> None:
    exported = [step for capability in capabilities() for step in capability.STEPS]
    assert sorted(map(id, STEPS)) == sorted(map(id, exported))
    assert all(step.weight > 0 for step in STEPS)


def test_no_step_that_is_written_is_forgotten() -> None:
    capabilities()
    written = {kind for kind in Step.__subclasses__() if kind.__module__.startswith("tests.simulation.")}
    assert {type(step) for step in STEPS} == written
    assert len(STEPS) == len(written)


def test_every_capabilitys_laws_are_collected_and_a_kind_of_posting_has_those_of_one() -> None:
    exported = [kind for capability in capabilities() for kind in getattr(capability, "LAWS", {})]
    assert sorted(LAWS) == sorted(exported)


@pytest.mark.parametrize("name", ENGINE)
def test_the_engine_names_no_step(name: str) -> None:
    text = (Path(simulation.__path__[0]) / f"{name}.py").read_text("utf-8")
    assert [type(step).__name__ for step in STEPS if f"{type(step).__name__}(" in text] == []
