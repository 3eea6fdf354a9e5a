"""Buttons: how one is made of a command, and how a command is made of what was typed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from desk.fields import Field
from desk.pages import button_seals
from desk.pages.front import Front
from desk.pages.page import SIGNATURE, Action, Control, Page
from desk.registry import REGISTRY
from desk.spec import Invalid, Spec

DO = "do"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button to be: a command, and what it fixes besides what the page knows. `key` keeps the fields of
    several buttons of one command apart; `asks` are the fields that are asked for besides who signs (None:
    all that nothing fixes). `does` says what it does, if that is not what the command's own words say."""

    command: str
    label: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    asks: tuple[str, ...] | None = None
    does: str = ""


def offered(
    front: Front, choices: Iterable[Choice], known: Mapping[str, str], mark: str, back: Mapping[str, str]
) -> tuple[Action, ...]:
    """The buttons. `known` is what the page says of commands' fields, `mark` what must still be so when one
    is pressed, `back` the page's own event."""
    explained: set[str] = set()
    actions = []
    for choice in choices:
        spec = REGISTRY[choice.command]
        fixed = {each.name: known[each.name] for each in spec.fields if each.name in known}
        fixed |= choice.fixed
        does = choice.does or ("" if spec.name in explained else plain(spec.does))
        explained |= set() if choice.does else {spec.name}
        label = choice.label or spec.label or spec.name
        controls = _controls(spec, choice, fixed)
        event = {
            "page": DO,
            "command": spec.name,
            "fixed": fixed,
            "seal": button_seals.seal(front.key, spec.name, fixed, mark, front.now),
            "back": dict(back),
        }
        actions.append(Action(spec.name, label, does, f"{label}?", controls, mark, event))
    return tuple(actions)


def _controls(spec: Spec[Any, Any], choice: Choice, fixed: Mapping[str, str]) -> tuple[Control, ...]:
    keyed = f"{spec.name}.{choice.key}" if choice.key else spec.name
    asked = None if choice.asks is None else {*choice.asks, *SIGNATURE}
    return tuple(
        Control(
            each.name,
            each.name if each.name in SIGNATURE else f"{keyed}.{each.name}",
            label_of(each.name),
            _hint(each),
            each.required,
            each.choices,
        )
        for each in spec.fields
        if each.name not in fixed and (asked is None or each.name in asked)
    )


def plain(text: str) -> str:
    """Without the marks of Markdown."""
    return text.replace("`", "")


_GROSZE = "_grosze"


def label_of(name: str) -> str:
    """What people call the field: amounts are zlotys to them."""
    return name.removesuffix(_GROSZE).replace("_", " ")


def _hint(asked: Field) -> str:
    return plain(asked.doc) + (", in zł: 60 or 60,00" if asked.name.endswith(_GROSZE) else "")


# ---------------------------------------------------------------------- what was typed


def command_of(action: Action, typed: Mapping[str, str]) -> object | Invalid:
    """The command that was pressed, with what was typed under its fields' keys."""
    given: dict[str, object] = {}
    for each in action.controls:
        text = typed.get(each.key, "").strip()
        given[each.name] = _grosze(text) if text and each.name.endswith(_GROSZE) else text or None
    found = REGISTRY.read({"command": action.command, **action.event["fixed"], **given})
    if not isinstance(found, Invalid):
        return found
    return Invalid(
        tuple(
            replace(each, message=_NO_AMOUNT_MESSAGE)
            if given.get(each.field) is not None and each.field.endswith(_GROSZE)
            else each
            for each in found.problems
        )
    )


_AMOUNT = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,2}))?(?:zł)?", re.ASCII)
_NO_AMOUNT = -1  # that no command takes
_NO_AMOUNT_MESSAGE = "must be an amount in zł, as 60 or 60,00"


def _grosze(text: str) -> int:
    found = _AMOUNT.fullmatch("".join(text.split()))
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else _NO_AMOUNT


def kept(page: Page, typed: Mapping[str, str], problems: Mapping[str, str] | None = None) -> Page:
    """The page with what was typed still in its fields, but for codes, and with what is wrong with a field by
    its key."""
    wrong = problems or {}

    def filled(each: Control) -> Control:
        value = "" if each.is_code else typed.get(each.key, "")
        return replace(each, value=value, problem=wrong.get(each.key, ""))

    return replace(
        page, actions=tuple(replace(a, controls=tuple(map(filled, a.controls))) for a in page.actions)
    )
