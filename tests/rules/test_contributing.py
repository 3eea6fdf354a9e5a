"""The worked examples of CONTRIBUTING.md are true: each is run, and registers where it says."""

from collections.abc import Callable, Mapping

import pytest

from local.processes import ROOT
from telekarta.dialog.composer import Catalogue
from telekarta.dialog.language import Language
from telekarta.dialog.nodes import SHARES, graph_of
from telekarta.dialog.prompts import CATALOGUE
from tests.kit.call_graph import CALLERS, doors, lost_edges, outcomes_without_an_edge, reached, spoken_at
from tests.kit.worked_examples import Example, examples, is_short, misplaced


def a_screen_of_the_call(example: Example) -> None:
    (file,) = (block for path, block in example.items() if "/nodes/" in path)
    graph = graph_of((*SHARES, file.run()["SHARE"]))
    texts = {
        language: {
            **CATALOGUE.texts[language],
            **example[f"telekarta/dialog/prompts_{language}.py"].entries(),
        }
        for language in Language
    }
    catalogue = Catalogue(texts)
    catalogue.check()
    assert len(graph.nodes) > len(graph_of(SHARES).nodes)
    assert reached(graph, doors(graph), list(CALLERS.values())) == set(graph.nodes)
    for node in graph.nodes:
        for caller in CALLERS.values():
            assert not lost_edges(graph, node, caller)
            assert not outcomes_without_an_edge(graph, node, caller)
            assert all(spoken_at(graph, node, caller, catalogue))
    for caller in CALLERS.values():
        assert len(set(graph.nodes["menu"](caller).say)) == len(graph.nodes["menu"](caller).keys)  # type: ignore[union-attr]


REGISTERS: Mapping[str, Callable[[Example], None]] = {
    "A screen of the call": a_screen_of_the_call,
}
# Examples that are carried out where their own kind is tested.
CARRIED_OUT_IN = {
    "An operator's command": "tests/rules/test_example_command.py",
    "A step of a workflow": "tests/workflows/test_adding_a_step.py",
    "A daily job": "tests/functions/test_example_job.py",
    "A step of the simulator": "tests/simulation/test_example_step.py",
}


def test_every_example_has_a_test_and_every_test_an_example() -> None:
    assert set(examples()) == {*REGISTERS, *CARRIED_OUT_IN}
    for heading, file in CARRIED_OUT_IN.items():
        assert heading in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("heading", REGISTERS)
def test_an_example_registers(heading: str) -> None:
    REGISTERS[heading](examples()[heading])


@pytest.mark.parametrize("heading", REGISTERS)
def test_an_example_is_short_and_names_places_that_exist(heading: str) -> None:
    example = examples()[heading]
    assert is_short(example)
    assert misplaced(example) == []
