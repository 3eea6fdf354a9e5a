"""A provider that answers as it is told to, and what both clients are given in their tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from telekarta.adapters.payments import PayUCredentials, Przelewy24Credentials
from telekarta.usecases.topups.ports import Order

PAYU = PayUCredentials("390001", "390001", "sandbox-client-secret", "sandbox-second-key")
PRZELEWY24 = Przelewy24Credentials(290001, 290002, "sandbox-api-key", "sandbox-crc")

ORDER = Order(
    id="tk-20261121-0001",
    amount_grosze=2500,
    description="Doładowanie karty, żółw",
    language="pl",
    notify_url="https://shop.test/payments/x",
    continue_url="https://shop.test/wynik",
    customer_ip="203.0.113.7",
    email="babcia@example.pl",
)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Provider:
    """Answers each path from its list, the last one for ever; all else gets 404. Keeps what it was asked."""

    answers: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def says(self, path: str, *answers: tuple[int, str]) -> None:
        self.answers[path] = list(answers)

    def paths(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    def forget(self) -> None:
        self.answers, self.headers, self.asked = {}, {}, []

    @property
    def application(self) -> Starlette:
        async def answer(request: Request) -> Response:
            body = await request.body()
            self.asked.append(Asked(request.method, request.url.path, dict(request.headers), body))
            left = self.answers.get(request.url.path, [(404, "{}")])
            status, text = left.pop(0) if len(left) > 1 else left[0]
            return Response(text, status, self.headers, media_type="application/json")

        return Starlette(routes=[Route("/{rest:path}", answer, methods=["GET", "POST", "PUT"])])
