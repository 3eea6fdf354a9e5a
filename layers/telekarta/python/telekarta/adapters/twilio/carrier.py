"""The carrier's records of calls, from Twilio's REST API.

    CarrierUnavailable   no answer, an answer that makes no sense, or one that refuses us: ask again later

`twilio.rest` costs a third of a second to import, so it is imported at the first question, and only functions
that ask have this module.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from telekarta.adapters.aws.secrets import SecretUnavailable
from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.usecases.ports import CarrierCall, CarrierUnavailable

if TYPE_CHECKING:
    from twilio.rest import Client

API_URL = "https://api.twilio.com"
TIMEOUT_S = 5.0
LARGEST_PAGE = 1000
_NOT_FOUND = 404

# How an answer that is not the JSON of a call shows itself inside of the client.
_NONSENSE = (AttributeError, KeyError, TypeError, ValueError)

T = TypeVar("T")


@dataclass(slots=True)
class TwilioCarrier:
    """The port `Carrier`. `base_url` leads to another server that speaks the same API; "" is Twilio's own."""

    credentials: Callable[[], TwilioCredentials]
    base_url: str = ""
    _client: "Client | None" = field(default=None, init=False, repr=False)
    _known: TwilioCredentials | None = field(default=None, init=False, repr=False)

    def call(self, sid: str) -> CarrierCall | None:
        from twilio.base.exceptions import TwilioRestException  # noqa: PLC0415

        def fetch() -> CarrierCall | None:
            try:
                return _call_of(self._twilio().calls(sid).fetch())
            except TwilioRestException as error:
                if error.status == _NOT_FOUND:
                    return None
                raise

        return _asked(fetch)

    def legs(self, parent_sid: str) -> tuple[CarrierCall, ...]:
        listed = _asked(
            lambda: [_call_of(leg) for leg in self._twilio().calls.list(parent_call_sid=parent_sid)]
        )
        oldest = datetime.min.replace(tzinfo=UTC)
        return tuple(sorted(listed, key=lambda leg: (leg.created_at or oldest, leg.sid)))

    def legs_between(self, since: datetime, until: datetime) -> tuple[CarrierCall, ...]:
        """The port `CarrierLog`. Twilio lists whole days (UTC), so it is asked for all that the time touches;
        a leg that nobody answered has no start and is known by its making."""
        listed = _asked(
            lambda: [
                _call_of(call)
                for call in self._twilio().calls.stream(
                    start_time_after=str(_day(since)),
                    start_time_before=str(_day(until) + timedelta(days=1)),
                    page_size=LARGEST_PAGE,
                )
            ]
        )
        return tuple(
            call
            for call in listed
            if call.parent_sid
            and (begun := call.started_at or call.created_at) is not None
            and since <= begun < until
        )

    def _twilio(self) -> "Client":
        known = self.credentials()
        if self._client is None or known != self._known:
            from twilio.rest import Client  # noqa: PLC0415

            http, token = _http_client(self.base_url), known.auth_tokens[0]
            # Given an environment of its own, or it would look for credentials and regions in the process's.
            self._client = Client(known.account_sid, token, http_client=http, environment={"": ""})
            self._known = known
        return self._client


def _http_client(base_url: str) -> Any:
    from twilio.http.http_client import TwilioHttpClient  # noqa: PLC0415

    class Elsewhere(TwilioHttpClient):  # type: ignore[misc]
        """Sends what is meant for Twilio to the base URL."""

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            return super().request(method, base_url + url.removeprefix(API_URL), *args, **kwargs)

    kind = Elsewhere if base_url else TwilioHttpClient
    http = kind(timeout=TIMEOUT_S)
    # The environment of a function says nothing of proxies, and a machine's own would catch loopback.
    http.session.trust_env = False
    return http


def _asked(question: Callable[[], T]) -> T:
    """The answer. The cause of a failure is named by its kind only: its text holds URLs and account ids."""
    from requests import RequestException  # noqa: PLC0415
    from twilio.base.exceptions import TwilioException, TwilioRestException  # noqa: PLC0415

    try:
        return question()
    except TwilioRestException as error:
        problem = f"answered {error.status}"
    except (TwilioException, RequestException, SecretUnavailable, *_NONSENSE) as error:
        problem = type(error).__name__
    raise CarrierUnavailable(problem)


def _call_of(call: Any) -> CarrierCall:
    return CarrierCall(
        sid=call.sid,
        parent_sid=call.parent_call_sid or "",
        to=call.to or "",
        from_=call._from or "",
        status=str(call.status),
        duration_s=int(call.duration) if call.duration else None,
        created_at=_moment(call.date_created),
        started_at=_moment(call.start_time),
        ended_at=_moment(call.end_time),
    )


def _moment(told: object) -> datetime | None:
    """What the client could not read as a date it gives as it was sent."""
    return told if isinstance(told, datetime) else None


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
