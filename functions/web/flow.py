"""A form of several questions, one a page: what was answered rides sealed with the visitor.

The back button, a reload and two tabs need no care, since nothing is kept between two pages; a form's answer
is a redirect to the next question. Each kind of form says what its questions are and what an answer does.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, Generic, Self, TypeVar

from telekarta.dialog.language import Language
from web import rendering
from web.exchange import Exchange, Parts, is_own_form, language_of
from web.wire import Reply

# What an address says when a visit was too old.
EXPIRED = "1"


@dataclass(frozen=True, slots=True)
class Visit(ABC):
    """All that was answered; "" and 0 and None are not yet. `STEPS` are the questions in their order, the
    value of each the last part of its page's address. `final_id` is chosen when everything is answered: it is
    the id of what the last button makes, so that a button that is pressed twice makes one."""

    STEPS: ClassVar[type[StrEnum]]

    language: str = "pl"
    final_id: str = ""

    @abstractmethod
    def next_step(self) -> StrEnum:
        """The first question without an answer; the last one, the check, when all have one."""

    @abstractmethod
    def after_expiry(self) -> Self:
        """What may be kept of an old visit: nothing that names a card or a person."""

    def may_see(self, step: StrEnum) -> bool:
        """Whether the questions before that one are answered; who goes back may answer one again."""
        steps = list(self.STEPS)
        return steps.index(step) <= steps.index(self.next_step())

    def before(self, step: StrEnum) -> str:
        """The question before; "" before the first."""
        steps = list(self.STEPS)
        return steps[steps.index(step) - 1].value if step is not steps[0] else ""

    @property
    def spoken(self) -> Language:
        return Language(self.language)

    def packed(self) -> bytes:
        defaults = _defaults(type(self))
        answered = {name: value for name, value in asdict(self).items() if value != defaults[name]}
        return json.dumps(answered, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """It was sealed by us, so it is ours and whole; a field of an older version is passed over."""
        told: dict[str, Any] = json.loads(content)
        known = _defaults(cls)
        return cls(**{name: value for name, value in told.items() if name in known})


def _defaults(kind: type[Visit]) -> dict[str, object]:
    return {each.name: each.default for each in fields(kind)}


Answers = TypeVar("Answers", bound=Visit)


@dataclass(frozen=True, slots=True)
class Form(Generic[Parts, Answers]):
    """`home` is the address of the first question; `asks(exchange, visit, step, status, notice=)` makes the
    page of a question, `answered` says what an answer to it does, `new_id` chooses a visit's `final_id`.
    `notices` are the words for what `on(old=)` was told: why a question is asked again."""

    home: str
    visit: type[Answers]
    asks: Callable[..., Reply]
    answered: Mapping[StrEnum, Callable[[Exchange[Parts], Answers], Reply]]
    new_id: Callable[[Parts], str]
    notices: Mapping[str, str] = field(default_factory=lambda: {EXPIRED: "expired_notice"})

    def answer(
        self,
        exchange: Exchange[Parts],
        get: Callable[[Exchange[Parts]], Reply | None],
        post: Callable[[Exchange[Parts]], Reply | None] = lambda _: None,
    ) -> Reply:
        """The page for the request; `get` and `post` answer for the pages that are no questions."""
        request = exchange.request
        if request.method == "POST":
            if not is_own_form(exchange.parts, request):
                return self._restart(exchange)
            return post(exchange) or self._post(exchange)
        if request.method not in {"GET", "HEAD"}:
            return Reply(405, "", rendering.headers(exchange.parts) | {"allow": "GET, HEAD, POST"})
        if request.path == self.home:
            return self.asks(exchange, self.visit(language_of(request).value), next(iter(self.answered)))
        return get(exchange) or self._question(exchange)

    def on(self, exchange: Exchange[Parts], visit: Answers, **more: str) -> Reply:
        """On to the next question."""
        step = visit.next_step()
        if step is self._last and not visit.final_id:
            visit = replace(visit, final_id=self.new_id(exchange.parts))
        query = "".join(f"&{name}={value}" for name, value in more.items())
        return exchange.go(f"{self.home}/{step}?s={exchange.seal(visit.packed())}{query}")

    def _question(self, exchange: Exchange[Parts]) -> Reply:
        step = self._step(exchange)
        if step is None:
            return exchange.not_found()
        opened = self._opened(exchange, exchange.request.query)
        if isinstance(opened, Reply):
            return opened
        visit = replace(opened, language=language_of(exchange.request, opened.language).value)
        if not visit.may_see(step) or (step is self._last and not visit.final_id):
            return self.on(exchange, visit)
        notice = self.notices.get(exchange.request.query.get("old", ""), "")
        return self.asks(exchange, visit, step, notice=notice)

    def _post(self, exchange: Exchange[Parts]) -> Reply:
        step = self._step(exchange)
        if step is None:
            return exchange.not_found()
        visit = self._opened(exchange, exchange.request.form)
        if isinstance(visit, Reply):
            return visit
        if not visit.may_see(step) or (step is self._last and not visit.final_id):
            return self.on(exchange, visit)
        return self.answered[step](exchange, visit)

    def _opened(self, exchange: Exchange[Parts], told: Mapping[str, str]) -> Answers | Reply:
        """The visit; or where one goes that was never ours, or is too old."""
        opened = exchange.unseal(told.get("s", ""))
        if opened is None:
            return self._restart(exchange)
        visit, is_old = self.visit.unpacked(opened[0]), opened[1]
        return self.on(exchange, visit.after_expiry(), old=EXPIRED) if is_old else visit

    def _restart(self, exchange: Exchange[Parts]) -> Reply:
        fresh = self.visit(language_of(exchange.request).value)
        return self.asks(exchange, fresh, next(iter(self.answered)), 400, notice="restart_notice")

    def _step(self, exchange: Exchange[Parts]) -> StrEnum | None:
        name = exchange.request.path.removeprefix(f"{self.home}/")
        return self.visit.STEPS(name) if name in set(self.visit.STEPS) else None

    @property
    def _last(self) -> StrEnum:
        return list(self.visit.STEPS)[-1]
