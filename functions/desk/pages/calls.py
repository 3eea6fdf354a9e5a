"""What CloudWatch asks of a widget, as an event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CONTEXT = "widgetContext"
# Longer than any field takes, so that what is too long is refused and not cut.
_LONGEST_TEXT = 5000


@dataclass(frozen=True, slots=True)
class WidgetCall:
    """One call: the page, its parameters (from the dashboard, or from the button that was pressed), and what
    was typed into the fields of the page that is on the screen."""

    page: str
    params: Mapping[str, Any]
    typed: Mapping[str, str] = field(default_factory=dict)
    dark: bool = False
    as_text: bool = False

    def asked(self, name: str) -> str:
        """A parameter as text; "" if there is none, or none of a sensible kind."""
        value = self.params.get(name, "")
        return value[:_LONGEST_TEXT] if isinstance(value, str) else ""

    def given(self, name: str) -> str:
        """A parameter, or else what was typed under its name."""
        return self.asked(name) or self.typed.get(name, "").strip()


def is_widget_call(event: object) -> bool:
    return isinstance(event, dict) and isinstance(event.get(CONTEXT), dict) and "describe" not in event


def read_call(event: Mapping[str, Any]) -> WidgetCall:
    """Never raises: whoever may call the function may send anything."""
    context = event[CONTEXT]
    forms = context.get("forms")
    every = forms.get("all") if isinstance(forms, dict) else None
    typed = {
        str(name): value[:_LONGEST_TEXT]
        for name, value in (every if isinstance(every, dict) else {}).items()
        if isinstance(value, str)
    }
    page = event.get("page")
    params = {name: value for name, value in event.items() if name != CONTEXT}
    return WidgetCall(
        page=page if isinstance(page, str) else "",
        params=params,
        typed=typed,
        dark=context.get("theme") == "dark",
        as_text=event.get("as") == "text",
    )
