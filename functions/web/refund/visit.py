"""What an applicant has answered so far, and which question comes next."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.refunds.application import AnswerBy, Application, Arrival
from web import flow


class Question(StrEnum):
    """The questions, one a page, in their order; the value is the last part of the page's address."""

    BRAND = "card"
    CODES = "codes"
    AMOUNT = "amount"
    ACCOUNT = "account"
    ANSWER = "answer"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Visit(flow.Visit):
    """`number` is there only after the card's codes were right, and they themselves are in no visit.
    `proof` is a keyed digest of what the codes were compared with, `proved_at` when, in seconds. `final_id`
    names the application that the button sends."""

    STEPS = Question

    brand: str = ""
    number: str = ""
    proof: str = ""
    proved_at: int = 0
    amount_grosze: int = 0
    account: str = ""
    owner: str = ""
    same_way: bool = False
    answer_by: str = ""
    address: str = ""

    def next_step(self) -> Question:
        """The first question without an answer; the check when all have one."""
        answered = (
            (Question.BRAND, self.brand),
            (Question.CODES, self.number),
            (Question.AMOUNT, self.amount_grosze),
            (Question.ACCOUNT, self.account),
            (Question.ANSWER, self.address),
        )
        return next((step for step, answer in answered if not answer), Question.CHECK)

    def after_expiry(self) -> "Visit":
        """What may be kept of an old visit: nothing that names a card or a person."""
        return Visit(self.language, brand=self.brand)

    def of_brand(self, brand: Brand) -> "Visit":
        return replace(Visit(self.language), brand=brand.value)

    def application(self, today: date) -> Application:
        """What is applied for when the last button is pressed; the codes were right when they were asked
        for."""
        return Application(
            ref=self.ref,
            arrived=Arrival.WEB,
            received_on=today,
            asked_grosze=self.amount_grosze,
            nrb=self.account,
            owner=self.owner,
            same_way=self.same_way,
            answer_by=AnswerBy(self.answer_by),
            address=self.address,
            language=self.language,
        )

    @property
    def ref(self) -> Ref:
        return Ref.card(Brand(self.brand), self.number)
