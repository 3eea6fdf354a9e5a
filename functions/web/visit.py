"""What a visitor has answered so far, and which question comes next."""

import json
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from telekarta.dialog.language import Language
from telekarta.domain.brands import Brand
from telekarta.domain.cards import Kind
from telekarta.domain.payments import Method, Payment


class Step(StrEnum):
    """The questions, one a page, in their order; the value is the last part of the page's address."""

    BRAND = "card"
    NUMBER = "number"
    AMOUNT = "amount"
    METHOD = "method"
    EMAIL = "email"
    CHECK = "check"


STEPS = tuple(Step)


@dataclass(frozen=True, slots=True)
class Visit:
    """All that was answered; "" and 0 and None are not yet. It holds no PIN: `pin_digest` stands for one.

    `payment_id` is chosen when everything is answered, and is the one of the payment that the button starts.
    `masked`: the number was not typed by this visitor in this visit, and is shown to its last digits only.
    """

    language: str = "pl"
    brand: str = ""
    number: str = ""
    pin_digest: str = ""
    amount_grosze: int = 0
    method: str = ""
    email: str | None = None
    payment_id: str = ""
    masked: bool = False

    def next_step(self) -> Step:
        """The first question without an answer; the check when all have one."""
        if not self.brand:
            return Step.BRAND
        if not (self.number or self.pin_digest):
            return Step.NUMBER
        if not self.amount_grosze:
            return Step.AMOUNT
        if not self.method:
            return Step.METHOD
        if self.email is None or (self.method == Method.PRZELEWY24 and not self.email):
            return Step.EMAIL
        return Step.CHECK

    def may_see(self, step: Step) -> bool:
        """Whether the questions before that one are answered; who goes back may answer one again."""
        return STEPS.index(step) <= STEPS.index(self.next_step())

    def after_expiry(self) -> "Visit":
        """What may be kept of an old visit: nothing that names a card or a person."""
        return replace(self, number="", pin_digest="", email=None, payment_id="", masked=False)

    def packed(self) -> bytes:
        answered = {name: value for name, value in asdict(self).items() if value != _DEFAULTS[name]}
        return json.dumps(answered, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def unpacked(cls, content: bytes) -> "Visit":
        """It was sealed by us, so it is ours and whole; a field of an older version is passed over."""
        told: dict[str, Any] = json.loads(content)
        return cls(**{name: value for name, value in told.items() if name in _DEFAULTS})

    @classmethod
    def again(cls, payment: Payment) -> "Visit":
        """A payment that came to nothing, to be tried again with nothing typed twice."""
        if payment.ref.kind is not Kind.CARD:
            return cls(payment.language, amount_grosze=payment.amount_grosze)
        return cls(
            payment.language,
            Brand(payment.ref.brand).value,
            payment.ref.number,
            amount_grosze=payment.amount_grosze,
            method=payment.method.value,
            email=payment.email,
            masked=True,
        )

    @property
    def spoken(self) -> Language:
        return Language(self.language)


_DEFAULTS = {field.name: field.default for field in fields(Visit)}
