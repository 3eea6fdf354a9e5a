"""Those who have money for cards: the mobile operator Lajt, and Plus with its vouchers.

Both speak the same kind of HTTP: JSON, a bearer token from Secrets Manager, and a key of ours in the address,
under which they answer the same however often they are asked (docs/decisions/0015-claims.md).

    PUT  <base>/transfers/<key>     {"msisdn", "card", "amount_grosze"}  -> 200 {"amount_grosze"}
    PUT  <base>/redemptions/<key>   {"code"}                             -> 200 {"amount_grosze"}
    GET  <base>/.../<key>           -> 200 {"amount_grosze"} | 404
    POST <base>/transfers/<key>/reversal                                 -> 200 {}
    refused: 409 {"reason": "..."}
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from telekarta.adapters.aws.secrets import MalformedSecret, SecretUnavailable, secret_text
from telekarta.adapters.payments.wire import Answer, Nonsense, ask
from telekarta.domain.topups.claims import Claim, Refusal
from telekarta.usecases.topups.claims import SourceUnavailable, Taken
from telekarta.usecases.topups.ports import GatewayUnavailable

_MAX_AGE_S = 15 * 60
_MOST_GROSZE = 100_000
_REFUSALS = {refusal.value: refusal for refusal in Refusal if refusal is not Refusal.NEVER_TAKEN}


@dataclass(frozen=True, slots=True)
class TokenSecret:
    """JSON with `token`. Raises SecretUnavailable and MalformedSecret."""

    name: str
    region: str = ""

    def token(self) -> str:
        try:
            kept = json.loads(secret_text(self.name, self.region, _MAX_AGE_S))
        except ValueError:
            kept = None
        token = kept.get("token") if isinstance(kept, dict) else None
        if not isinstance(token, str) or not token:
            raise MalformedSecret(f"the secret {self.name} has no token")
        return token


@dataclass(frozen=True, slots=True)
class _Source:
    token: Callable[[], str]
    base_url: str

    # A token that is missing is an outage to whoever orders: what is claimed stays claimed, and goes on once
    # an operator has put the token there.
    def _ask(self, what: str, method: str, path: str, told: Mapping[str, Any] | None = None) -> Answer:
        body = json.dumps(told).encode() if told is not None else None
        try:
            headers = {"Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"}
            answer = ask(what, method, f"{self.base_url}{path}", headers=headers, body=body)
        except (GatewayUnavailable, SecretUnavailable, MalformedSecret) as error:
            problem = str(error)
        else:
            return answer
        # Outside of the handler: a key or a number must not hang on to it.
        raise SourceUnavailable(problem)

    def _amount(self, what: str, answer: Answer) -> Taken | Refusal:
        try:
            told = answer.json()
        except Nonsense:
            raise SourceUnavailable(f"{what}: no JSON") from None
        if answer.status == 409 and told.get("reason") in _REFUSALS:
            return _REFUSALS[told["reason"]]
        amount = told.get("amount_grosze")
        if answer.status != 200 or type(amount) is not int or not 0 < amount <= _MOST_GROSZE:
            raise SourceUnavailable(f"{what}: answered {answer.status}")
        return Taken(amount)

    def _found(self, what: str, path: str) -> Taken | None:
        answer = self._ask(what, "GET", path)
        if answer.status == 404:
            return None
        found = self._amount(what, answer)
        return found if isinstance(found, Taken) else None


@dataclass(frozen=True, slots=True)
class Lajt(_Source):
    """The port `MoneySource` for Lajt mobile (WP §4.1.4, §5)."""

    def take(self, claim: Claim, code: str) -> Taken | Refusal:
        del code
        told = {"msisdn": claim.payer, "card": claim.ref.number, "amount_grosze": claim.amount_grosze}
        answer = self._ask("lajt transfer", "PUT", f"/transfers/{claim.key}", told)
        taken = self._amount("lajt transfer", answer)
        if isinstance(taken, Taken) and taken.amount_grosze != claim.amount_grosze:
            raise SourceUnavailable("lajt transfer: another amount")
        return taken

    def look_up(self, claim: Claim) -> Taken | None:
        return self._found("lajt look-up", f"/transfers/{claim.key}")

    def give_back(self, claim: Claim) -> bool:
        answer = self._ask("lajt reversal", "POST", f"/transfers/{claim.key}/reversal", {})
        if answer.status != 200:
            raise SourceUnavailable(f"lajt reversal: answered {answer.status}")
        return True


@dataclass(frozen=True, slots=True)
class Plus(_Source):
    """The port `MoneySource` for Plus vouchers (WP §4.1.5). What was redeemed stays redeemed."""

    def take(self, claim: Claim, code: str) -> Taken | Refusal:
        answer = self._ask("plus voucher", "PUT", f"/redemptions/{claim.key}", {"code": code})
        return self._amount("plus voucher", answer)

    def look_up(self, claim: Claim) -> Taken | None:
        return self._found("plus look-up", f"/redemptions/{claim.key}")

    def give_back(self, claim: Claim) -> bool:
        del claim
        return False
