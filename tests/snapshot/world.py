"""A day of a stack and everybody around it, who use its doors as people do. All of them are invented."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from local.bank import put_statement, read_report
from local.frontdoor import move_clock, stack_now
from local.inbox import deliver
from local.network import Answers, CallRecords, HttpTransport, PhoneNetwork, Timeline
from local.stack import Stack
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.topups.payments import Method, Payment
from telekarta.usecases.topups.payment_start import PaymentRequest, start_payment
from tests.e2e.calls.test_lost_hangup import Line as CutLine
from tests.e2e.topups.test_payments import chooses, shown, web
from tests.e2e.topups.test_phone_topups import at_plus
from tests.kit.bank import Transfer, mt940
from tests.kit.phone import Phone, PhoneCall
from tests.kit.waiting import until

WHITE_PHONE, TELEGROSIK, ACTIVATION = "+48800007744", "+48800901900", "+48800801919"
WARSAW = "+48221112233"
ACCOUNT, ADDRESS = "61 1090 1014 0000 0712 1981 2874", "Jan Przykładny, ul. Zmyślona 1, 00-001 Warszawa"
ANNA = {"who": "anna.kowalska", "why": "zgłoszenie"}
VOUCHERS = ("10000000000017", "10000000000024")
MENU = "0#"
ANNOUNCED = ["221112233#"]
TALK = [*ANNOUNCED, "talks", "hangs up"]


@dataclass
class World:
    """The stack, and everybody around it. `about` is what the next version's story needs to know of this one.

    `records` are the carrier's, `elsewhere` is a file for those that the carrier lost.
    """

    stack: Stack
    records: CallRecords
    elsewhere: Path
    about: dict[str, Any] = field(default_factory=dict)
    batches: int = 0
    lines: int = 0
    statements: int = 0

    def desk(self, command: str, **given: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.stack.invoke("desk", {"command": command, **given})
        assert answer["outcome"] in ("done", "unchanged"), answer
        return answer

    def cards(self, brand: str, count: int) -> list[dict[str, Any]]:
        """New cards of 20 zł, each with its `card` and `pin`."""
        self.batches += 1
        batch = {"request_id": f"kantyna-{self.batches}", "series": "2026-11", "count": count}
        return list(self.desk("issue_cards", brand=brand, nominal_grosze=2000, **batch, **ANNA)["cards"])

    def phone(self, transport: Any = None, records: CallRecords | None = None) -> Phone:
        network = PhoneNetwork(
            transport or HttpTransport(),
            base_url=self.stack.base_url,
            account_sid=self.stack.twilio_account_sid,
            auth_token=self.stack.twilio_auth_token,
            timeline=Timeline(stack_now(self.stack)),
            records=records or self.records,
            seed=self.lines,
        )
        return Phone(network, tolerant=True).knows(WARSAW, Answers(4))

    def a_line(self) -> str:
        self.lines += 1
        return f"+48225550{self.lines:03}"

    def in_call(self, card: Mapping[str, Any], *keys: str, **network: Any) -> PhoneCall:
        """A call that was let in, and then these keys."""
        white = codeless(card)["brand"] == "white_phone"
        number, codes = (WHITE_PHONE, [card["card"], card["pin"]]) if white else (TELEGROSIK, [card["pin"]])
        return goes_on(self.phone(**network).dials(number, self.a_line()), [*codes, *keys])

    def an_account(self) -> str:
        """A line whose account was opened and loaded by telephone."""
        line, (card,) = self.a_line(), self.cards("telegrosik", 1)
        goes_on(self.phone().dials(ACTIVATION, line), ["1", card["pin"]])
        return line

    def bank_says(self, *transfers: Transfer) -> None:
        self.statements += 1
        name, day = f"{self.statements}.sta", stack_now(self.stack).date()
        put_statement(self.stack, name, mt940(*transfers, number=str(self.statements), day=day))
        until(lambda: json.loads(read_report(self.stack, name, "json") or "{}").get("finished"))

    def pays(self, card: Mapping[str, Any], grosze: int, method: Method) -> Payment:
        """A payment that the payer has begun."""
        ref = Ref.card(Brand.WHITE_PHONE, card["card"])
        request = PaymentRequest(ref, grosze, method, "pl", "babcia@example.pl", "203.0.113.7", receipt=True)
        payment = start_payment(web(self.stack), request)
        assert isinstance(payment, Payment)
        return payment

    def open_cases(self, kind: str) -> list[str]:
        return [each["case"] for each in self.desk("list_cases")["cases"] if each["kind"] == kind]

    def posting(self, card: Mapping[str, Any], kind: str) -> str:
        """The id of the card's latest posting of the kind."""
        postings = self.desk("show_card", **codeless(card))["postings"]
        return next(str(each["id"]) for each in postings if each["kind"] == kind)

    def applies(self, name: str, card: Mapping[str, Any], **changes: Any) -> str:
        """An application for all of the money of the card's top-up; the refund's case."""
        proof = {"posting": self.posting(card, "top_up"), "kind": "transfer", "document": f"{name}.pdf"}
        whole = {
            "brand": "white_phone", "card": card["card"], "pin": card["pin"], "request_id": name,
            "arrived": "letter", "received_on": f"{stack_now(self.stack):%Y-%m-%d}", "amount_grosze": 5000,
            "proofs": [proof], "account": ACCOUNT, "owner": "Jan Przykładny", "signed": True,
            "address": ADDRESS,
        }  # fmt: skip
        wanted = {key: value for key, value in (whole | changes).items() if value is not None}
        case: str = self.desk("apply_for_refund", **wanted, **ANNA)["case"]
        return case

    def refund(self, case: str) -> dict[str, Any]:
        return self.desk("show_refund", case=case)

    def waits(self, case: str, step: str) -> None:
        until(lambda: self.refund(case)["next_step"] == step)

    def decides(self, case: str, decision: str, **more: Any) -> None:
        """As soon as the money was set aside."""
        self.waits(case, "await_decision")
        self.desk("decide_refund", case=case, decision=decision, **more, **ANNA)

    def transfer_of(self, case: str, mark: str) -> Transfer:
        """The bank's line about the refund's first payout."""
        payout = self.refund(case)["payouts"][0]
        return Transfer(f"{payout['reference']} Zwrot", payout["amount_grosze"], f"P{case}{mark}", mark=mark)


def codeless(card: Mapping[str, Any]) -> dict[str, str]:
    """How the desk names the card. Its PIN is in no file."""
    brand = "white_phone" if len(card["card"]) == 6 else "telegrosik"
    return {"brand": brand, "card": card["card"]}


def goes_on(call: PhoneCall, keys: Sequence[str]) -> PhoneCall:
    """The caller presses the keys, each entry when it is asked for; words say what else is done."""
    for each in keys:
        match each:
            case "talks":
                call.talks(65)
            case "is connected":
                call.talks(20)
            case "hangs up":
                call.hangs_up()
            case _:
                call.presses(each)
    return call


# ---------------------------------------------------------------- one day, and the next morning


def money_comes(world: World) -> None:
    """By each way on a card of its own; some of it only half-way."""
    stack, (paid, pending, voucher, claim, takes, gives) = world.stack, world.cards("white_phone", 6)
    chooses(world.pays(paid, 1500, Method.PRZELEWY24), "pay")
    begun = world.pays(pending, 1500, Method.PAYU)
    world.about["pending_payment"] = {**codeless(pending), "payment": begun.id}
    world.bank_says(
        *(Transfer(f"karta {each['card']}", 700, each["card"]) for each in (paid, voucher)),
        Transfer("dla syna", 800, "UNKNOWN-1"),
        Transfer("dla taty", 900, "UNKNOWN-2"),
    )
    world.desk("return_transfer", case=world.open_cases("transfer_waits")[0], **ANNA)
    for code in ("10000000000031", *VOUCHERS):
        at_plus(stack, do="issue", code=code, amount_grosze="2000")
    world.in_call(voucher, MENU, "6", "2", "10000000000031").hangs_up()
    at_plus(stack, do="mood", source="plus", mood="loses answers")
    world.in_call(claim, MENU, "6", "2", VOUCHERS[0]).hangs_up()
    at_plus(stack, do="mood", source="plus", mood="well")
    world.about["pending_claim"] = codeless(claim)
    world.in_call(takes, MENU, "6", "1", "5#", f"{gives['card']}{gives['pin']}#").hangs_up()
    tg, friend = world.cards("telegrosik", 2)
    world.in_call(tg, MENU, "6", "5#", friend["card"], "1").hangs_up()
    world.about["friend"] = codeless(friend)


def calls_are_made(world: World) -> None:
    """And put right. The hang-up of one gets lost, and the carrier does not know another."""
    blocked, wrong, undone, lost, unknown = world.cards("white_phone", 5)
    (warned,) = world.cards("telegrosik", 1)
    for card in (blocked, wrong, undone, warned):
        world.in_call(card, *TALK)
    world.desk("correct_call", posting=world.posting(wrong, "call"), duration_s=61, **ANNA)
    world.desk("reverse_posting", posting=world.posting(undone, "call"), request_id="r1", **ANNA)
    world.in_call(unknown, *TALK, records=CallRecords(world.elsewhere))
    line = CutLine()
    call = world.in_call(lost, *ANNOUNCED, "talks", transport=line)
    line.lost = {"talking", "report"}
    call.hangs_up()
    world.about["lost_call"] = codeless(lost)
    world.desk("block_card", brand="white_phone", card=blocked["card"], **ANNA)
    world.desk("register_information_line", card=undone["card"], number="800 302 302", **ANNA)
    for prefix in ("+48700", "+48225559999"):
        world.desk("block_number", prefix=prefix, **ANNA)
    world.desk("unblock_number", prefix="+48225559999", **ANNA)
    day = f"{stack_now(world.stack):%Y-%m-%d}"
    world.desk("warn_of_suspension", card=warned["card"], served_on=day, breach="Odsprzedaż połączeń", **ANNA)


def refunds_are_asked_for(world: World) -> None:
    """One for each thing that a refund can wait for, and two that are over."""
    cards = world.cards("white_phone", 7)
    world.bank_says(*(Transfer(f"karta {each['card']}", 5000, f"R{each['card']}") for each in cards[:-1]))
    online = world.pays(cards[-1], 5000, Method.PAYU)
    chooses(online, "pay")
    until(lambda: shown(world.stack, online)["stage"] == "credited")
    chooses(online, "refund_untold")
    papers = world.applies("papers", cards[0], owner=None)
    names = ("decision", "payout", "returned", "over", "refused")
    decision, payout, returned, over, refused = map(world.applies, names, cards[1:-1])
    provider = world.applies("provider", cards[-1], same_way=True, account=None)
    for case in (payout, returned, over, provider):
        world.decides(case, "grant")
    world.decides(refused, "refuse", reasons="Brak podstaw.")
    for case in (payout, returned, over, provider):
        world.waits(case, "await_payment")
    world.bank_says(world.transfer_of(returned, "RD"), world.transfer_of(over, "D"))
    steps = {
        papers: "await_completion", decision: "await_decision", payout: "await_payment",
        returned: "await_account", over: "finished", refused: "finished", provider: "await_payment",
    }  # fmt: skip
    for case, step in steps.items():
        world.waits(case, step)
    world.about["refunds"] = {case.removeprefix("refund-"): case for case in steps}


def people_write(world: World) -> None:
    """An e-mail becomes a case; a case is closed."""
    message = EmailMessage()
    message["From"], message["Subject"] = "Ewa Zmyślona <ewa@example.pl>", "Pytanie"
    message["Message-ID"] = "<pytanie@example.pl>"
    message.set_content("Dzień dobry, jak doładować kartę?")
    deliver(world.stack, message.as_bytes(), stack_now(world.stack))
    case = until(lambda: next(iter(world.open_cases("mail_received")), None))
    world.desk("close_case", case=case, **ANNA)


def the_night(world: World) -> None:
    """The day is closed, and compared with the carrier's records."""
    day = stack_now(world.stack).date()
    move_clock(world.stack, int(timedelta(hours=22).total_seconds()))
    for job in ("trial_balance", "reconciliation"):
        told = world.stack.invoke("books", {"job": job, "day": str(day)})
        assert not told.get("differences"), told
    world.about["day_closed"] = str(day)


# In this order: the night closes the day.
DAY = (money_comes, calls_are_made, refunds_are_asked_for, people_write, the_night)
