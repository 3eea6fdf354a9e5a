"""The graph of the call holds together: whatever a caller does, there is a next screen, and an end."""

import pkgutil
from dataclasses import replace
from importlib import import_module
from inspect import isfunction
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telekarta.dialog import nodes
from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Result
from telekarta.dialog.engine import (
    MISSES_IN_A_ROW,
    STEPS_WITHOUT_A_CALL,
    AwaitedEffect,
    Heard,
    Move,
    NoSuchNode,
    Step,
    enter,
    hear,
    land,
)
from telekarta.dialog.language import Language
from telekarta.dialog.leg import Leg
from telekarta.dialog.nodes import ENTRANCES, GRAPH, NODES, SHARES, cards, graph_of, home_of
from telekarta.dialog.nodes.keyed import looks_like_pin
from telekarta.dialog.nodes.share import Option, Share
from telekarta.dialog.prompts import CATALOGUE, sentences
from telekarta.dialog.screens import Collect, Dial, DialReport, End, Notice, Screen
from telekarta.domain.cards.card import HIDDEN
from tests.kit.call_graph import (
    CALLERS,
    FREE_TELEGROSIK,
    SPEAKABLE,
    doors,
    edges_of,
    lost_edges,
    outcomes_without_an_edge,
    reached,
    spoken_at,
)

CASES = [pytest.param(node, caller, id=f"{node}: {who}") for node in NODES for who, caller in CALLERS.items()]


@pytest.mark.parametrize(("node", "caller"), CASES)
def test_every_edge_lands_on_a_node(node: str, caller: Caller) -> None:
    assert not lost_edges(GRAPH, node, caller)


@pytest.mark.parametrize(("node", "caller"), CASES)
def test_every_screen_and_every_edge_speaks_in_every_language(node: str, caller: Caller) -> None:
    assert all(spoken_at(GRAPH, node, caller, CATALOGUE))


@pytest.mark.parametrize(("node", "caller"), CASES)
def test_every_outcome_of_an_effect_has_an_edge(node: str, caller: Caller) -> None:
    assert not outcomes_without_an_edge(GRAPH, node, caller)


@pytest.mark.parametrize("service", ENTRANCES)
def test_every_entrance_has_an_edge_for_each_answer(service: str) -> None:
    entrance = ENTRANCES[service]  # type: ignore[index]
    if entrance.asks is not None:
        assert set(entrance.edges) == set(entrance.asks.outcomes)
    for go in entrance.edges.values():
        assert go.to in NODES
    for language in Language:
        sentences(entrance.say, SPEAKABLE, language)


def test_the_catalogue_is_sound_and_says_nothing_in_vain() -> None:
    CATALOGUE.check()
    said = {"not_in_service", "apology", "call_ended", "heard_nothing", "no_such_option", "call_again"}
    for caller in CALLERS.values():
        for node in NODES.values():
            for pace in (caller, replace(caller, slow=True)):
                screen = node(pace)
                said |= set(screen.say) | {key for go in edges_of(screen) for key in go.say}
    for entrance in ENTRANCES.values():
        said |= set(entrance.say) | {key for go in entrance.edges.values() for key in go.say}
    # Spoken by an answer to a malformed entry, which the drawn edges do not list.
    said |= {key for key in sorted(CATALOGUE.keys()) if key.endswith("_digits")} | {"help_line_busy"}
    assert set(CATALOGUE.keys()) == said


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
def test_from_every_reachable_node_the_call_can_end(caller: Caller) -> None:
    # Silence alone ends any call, so what matters is that the graph leads to goodbye by keys as well.
    for node in reached(GRAPH, {home_of(caller)}, [caller]):
        assert "goodbye" in reached(GRAPH, {node}, [caller]), node


def test_every_node_is_reached_by_somebody() -> None:
    assert reached(GRAPH, doors(GRAPH), list(CALLERS.values())) == set(NODES)


FILES = [import_module(f"{nodes.__name__}.{each.name}") for each in pkgutil.iter_modules(nodes.__path__)]
SHARING = [file for file in FILES if hasattr(file, "SHARE")]


@pytest.mark.parametrize("file", SHARING, ids=lambda file: file.__name__.rpartition(".")[2])
def test_a_capability_shares_every_screen_and_option_of_its_file(file: ModuleType) -> None:
    def made_here(returned: type) -> set[str]:
        return {
            name
            for name, value in vars(file).items()
            if isfunction(value) and value.__module__ == file.__name__ and not name.startswith("_")
            if value.__annotations__.get("return") is returned
        }

    assert {node.__name__ for node in file.SHARE.nodes} == made_here(Screen)  # type: ignore[arg-type]
    assert {option.__name__ for option in file.SHARE.options} == made_here(Option)


def test_every_capability_is_in_the_call() -> None:
    assert {id(file.SHARE) for file in SHARING} == {id(share) for share in SHARES}


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
def test_no_key_of_the_menu_is_offered_twice(caller: Caller) -> None:
    offered = [option(caller) for share in SHARES for option in share.options]
    keys = [option.key for option in offered if option.is_offered]
    assert len(keys) == len(set(keys))


def test_a_node_or_an_entrance_belongs_to_one_capability() -> None:
    for share in (Share(nodes=cards.SHARE.nodes[:1]), Share(entrances=cards.SHARE.entrances)):
        with pytest.raises(ValueError, match="one name"):
            graph_of((*SHARES, share))


def silence(step: Step, node: str) -> Move:
    assert isinstance(step, Move), f"silence at {node} asks for something"
    return step


@pytest.mark.parametrize(("node", "caller"), CASES)
def test_silence_at_any_prompt_ends_politely(node: str, caller: Caller) -> None:
    if isinstance(NODES[node](caller), Notice | Dial | End):
        return
    move = Move(node, caller)
    for _ in range(MISSES_IN_A_ROW):
        move = silence(hear(move.node, move.caller, Heard()), move.node)
    assert move.node == "goodbye"
    assert "call_again" in move.say


keys = st.text(alphabet="0123456789*#", max_size=30) | st.text(max_size=250)


@settings(max_examples=300)
@given(st.sampled_from(sorted(CALLERS)), st.lists(keys, max_size=80), st.data())
def test_no_storm_of_keys_breaks_or_outlasts_the_dialog(
    who: str, storm: list[str], data: st.DataObject
) -> None:
    step: Step = enter(CALLERS[who].leg)
    screens = 0
    for keyed in [*storm, *[""] * STEPS_WITHOUT_A_CALL]:
        if isinstance(step, AwaitedEffect):
            outcome = data.draw(st.sampled_from(sorted(step.effect.outcomes, key=lambda each: each.name)))
            step = land(step, Result(outcome, step.caller, SPEAKABLE))
        screen = step.screen
        if isinstance(screen, End):
            return
        if isinstance(screen, Dial):
            step = hear(step.node, step.caller, Heard(dialled=DialReport("busy")))
            continue
        screens += 1
        step = hear(step.node, step.caller, Heard(keyed=keyed))
    assert isinstance(step, AwaitedEffect) or isinstance(step.screen, End)


def test_nobody_talks_to_a_node_that_does_not_exist_or_to_goodbye() -> None:
    caller = CALLERS["a White Phone holder"]
    for node in ("nowhere", "goodbye"):
        with pytest.raises(NoSuchNode):
            hear(node, caller, Heard(keyed="1"))


@pytest.mark.rule("TG §4.4")
@pytest.mark.parametrize("keyed", ["602*221112233", "*221112233", "1*2*221112233"])
def test_a_star_starts_the_number_over(keyed: str) -> None:
    step = hear("destination", CALLERS["a Telegrosik holder"], Heard(keyed=keyed))
    assert isinstance(step, AwaitedEffect)
    assert step.effect.keyed == "221112233"  # type: ignore[attr-defined]


@pytest.mark.rule("TG §4.4")
def test_a_star_alone_asks_again_and_is_no_mistake() -> None:
    step = hear("destination", CALLERS["a Telegrosik holder"], Heard(keyed="602*"))
    assert isinstance(step, Move)
    assert (step.node, step.caller.misses) == ("destination", 0)


@pytest.mark.rule("TG §5.3")
@pytest.mark.parametrize(
    ("keyed", "is_pin"),
    [
        ("123456789012", True),
        ("004930123456", False),  # Berlin, twelve digits
        ("48221112233", False),
        ("221112233", False),
        ("1234567890123", False),
        ("", False),
    ],
)
def test_a_pin_is_told_from_a_number_to_call(keyed: str, is_pin: bool) -> None:
    assert looks_like_pin(keyed) is is_pin


def test_zero_opens_the_menu_at_every_prompt() -> None:
    for caller in CALLERS.values():
        for name, node in NODES.items():
            if isinstance(node(caller), Collect):
                step = hear(name, caller, Heard(keyed="0"))
                assert isinstance(step, Move)
                assert step.node == "menu"


def test_a_hidden_line_is_recognised() -> None:
    assert Caller(Leg("CA1", FREE_TELEGROSIK, HIDDEN)).is_hidden
