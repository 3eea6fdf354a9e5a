"""What a visitor has answered so far, and which question comes next."""

from dataclasses import dataclass, replace
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Kind
from telekarta.domain.topups.payments import Method, Payment
from web import flow


class Question(StrEnum):
    """The questions, one a page, in their order; the value is the last part of the page's address."""

    BRAND = "card"
    NUMBER = "number"
    AMOUNT = "amount"
    METHOD = "method"
    EMAIL = "email"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Visit(flow.Visit):
    """It holds no PIN: `pin_digest` stands for one. `final_id` is the payment's that the button starts.
    `masked`: the number was not typed by this visitor in this visit, and is shown to its last digits only."""

    STEPS = Question

    brand: str = ""
    number: str = ""
    pin_digest: str = ""
    amount_grosze: int = 0
    method: str = ""
    email: str | None = None
    masked: bool = False

    def next_step(self) -> Question:
        """The first question without an answer; the check when all have one."""
        if not self.brand:
            return Question.BRAND
        if not (self.number or self.pin_digest):
            return Question.NUMBER
        if not self.amount_grosze:
            return Question.AMOUNT
        if not self.method:
            return Question.METHOD
        if self.email is None or (self.method == Method.PRZELEWY24 and not self.email):
            return Question.EMAIL
        return Question.CHECK

    def after_expiry(self) -> "Visit":
        """What may be kept of an old visit: nothing that names a card or a person."""
        return replace(self, number="", pin_digest="", email=None, final_id="", masked=False)

    @classmethod
    def again(cls, payment: Payment) -> "Visit":
        """A payment that came to nothing, to be tried again with nothing typed twice."""
        if payment.ref.kind is not Kind.CARD:
            return cls(payment.language, amount_grosze=payment.amount_grosze)
        return cls(
            payment.language,
            brand=Brand(payment.ref.brand).value,
            number=payment.ref.number,
            amount_grosze=payment.amount_grosze,
            method=payment.method.value,
            email=payment.email,
            masked=True,
        )
