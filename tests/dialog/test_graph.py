"""The graph of the call holds together: whatever a caller does, there is a next screen, and an end."""

from collections import deque
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from telekarta.dialog.nodes import ENTRANCES, NODES, home_of
from telekarta.dialog.nodes.keyed import looks_like_pin
from telekarta.dialog.parts.calls import PlacedCall
from telekarta.dialog.prompts import CATALOGUE, sentences
from telekarta.dialog.screens import HOME, Collect, Dial, DialReport, End, Go, Menu, Notice, Reply, Screen
from telekarta.domain.brands import LINES, Brand, Line
from telekarta.domain.cards.card import HIDDEN, Ref
from telekarta.domain.ledger.postings import Purse

FREE_WHITE_PHONE = LINES["+48800007744"]
FREE_TELEGROSIK = LINES["+48800901900"]
ACTIVATION = LINES["+48800801919"]

# Every value that an outcome or a screen may bring along for a prompt to speak.
SPEAKABLE = {
    "amount": 2000,
    "minimum": 20,
    "minutes": 2,
    "left_s": 4137,
    "cost": 122,
    "moved": 1500,
    "fee": 50,
    "bonus": 200,
}


def a_caller(line: Line, *, holder: Ref | None = None) -> Caller:
    caller = Caller(Leg("CA1", line, "+48221234567"))
    return caller.let_in(holder, Purse(3, (("1", 2000),))) if holder else caller


CALLERS = {
    "a White Phone caller at the door": a_caller(FREE_WHITE_PHONE),
    "a White Phone holder": a_caller(FREE_WHITE_PHONE, holder=Ref.card(Brand.WHITE_PHONE, "123456")),
    "a Telegrosik caller at the door": a_caller(FREE_TELEGROSIK),
    "a Telegrosik holder": a_caller(FREE_TELEGROSIK, holder=Ref.card(Brand.TELEGROSIK, "1234567890")),
    "an account's line": a_caller(FREE_TELEGROSIK, holder=Ref.account("+48221234567")),
    "a caller who opens an account": a_caller(ACTIVATION),
}
PLACED = PlacedCall(destination="+48221112233", limit_s=4137)
CASES = [
    pytest.param(node, caller.having(PLACED), id=f"{node}: {who}")
    for node in NODES
    for who, caller in CALLERS.items()
]


def edges_of(screen: Screen) -> list[Go]:
    """Every edge that a screen has, drawn or reached through a key."""
    if isinstance(screen, End):
        return []
    found = list(screen.edges.values())
    replies: list[Reply] = []
    if isinstance(screen, Menu):
        replies = list(screen.keys.values())
    elif isinstance(screen, Collect):
        replies = list(screen.shortcuts.values())
    if isinstance(screen, Collect | Dial):
        found += [Go(node) for node in screen.goes]
    return found + [reply for reply in replies if isinstance(reply, Go)]


def effects_of(screen: Screen) -> set[type]:
    if isinstance(screen, Notice):
        return {type(screen.then)}
    if isinstance(screen, Menu):
        return {type(reply) for reply in screen.keys.values() if not isinstance(reply, Go)}
    return set() if isinstance(screen, End) else set(screen.asks)


@pytest.mark.parametrize(("node", "caller"), CASES)
def test_every_edge_lands_on_a_node_and_speaks_only_what_the_catalogue_has(node: str, caller: Caller) -> None:
    for go in edges_of(NODES[node](caller)):
        assert go.to == HOME or go.to in NODES
        for language in Language:
            sentences(go.say, SPEAKABLE, language)


@pytest.mark.parametrize(("node", "caller"), CASES)
def test_every_screen_speaks_in_every_language(node: str, caller: Caller) -> None:
    for language in Language:
        assert all(sentences(NODES[node](caller).say, SPEAKABLE, language))


@pytest.mark.parametrize(("node", "caller"), CASES)
def test_every_outcome_of_an_effect_has_an_edge(node: str, caller: Caller) -> None:
    screen = NODES[node](caller)
    asked = effects_of(screen)
    outcomes = {outcome for effect in asked for outcome in effect.outcomes}  # type: ignore[attr-defined]
    if isinstance(screen, Menu) and caller.holder is None:
        return  # a menu lists the edges of all its options, also of those this caller does not have
    if asked:
        missing = outcomes - set(screen.edges)  # type: ignore[union-attr]
        assert not missing


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


def next_nodes(node: str, caller: Caller) -> set[str]:
    return {home_of(caller) if go.to == HOME else go.to for go in edges_of(NODES[node](caller))}


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
def test_from_every_reachable_node_the_call_can_end(caller: Caller) -> None:
    # Silence alone ends any call, so what matters is that the graph leads to goodbye by keys as well.
    reached, queue = {home_of(caller)}, deque([home_of(caller)])
    while queue:
        for node in next_nodes(queue.popleft(), caller) - reached:
            reached.add(node)
            queue.append(node)
    assert "goodbye" in reached


def test_every_node_is_reached_by_somebody() -> None:
    reached = {entrance.to for entrance in ENTRANCES.values()}
    reached |= {go.to for entrance in ENTRANCES.values() for go in entrance.edges.values()}
    grown = True
    while grown:
        further = {
            node for here in reached for caller in CALLERS.values() for node in next_nodes(here, caller)
        }
        grown = not further <= reached
        reached |= further
    assert reached == set(NODES)


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
