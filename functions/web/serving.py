"""What a function of pages does with an event: reads it, answers it, has a page for what goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from telekarta.usecases.faults import described
from telekarta.usecases.ports import StoreUnavailable
from web.exchange import House, trouble
from web.wire import Reply, Request, TooLarge, UnreadableForm, reply_event, request_of


@dataclass(frozen=True, slots=True)
class Site:
    """A function's pages. `home` is where they begin; `trouble` names the words for a fault of ours."""

    logger: Logger
    metrics: Metrics
    home: str = "/topup"
    trouble: str = "trouble"
    takes_files: bool = False

    def serve(
        self, event: dict[str, Any], house: House, answer: Callable[[Request], Reply]
    ) -> dict[str, Any]:
        """An HTTP API event (payload format 2.0) -> a page. What was typed or sent is in no log."""
        self._count("Page")
        try:
            request = request_of(event, takes_files=self.takes_files)
        except TooLarge:
            return self._trouble(house, "too_large", 413)
        except UnreadableForm:
            return self._trouble(house, "bad_form", 400)
        try:
            reply = answer(request)
        except StoreUnavailable as error:
            self.logger.warning("no answer", error=described(error))
            self._count("PageUnavailable")
            return self._trouble(house, self.trouble, 503)
        except Exception as error:
            self.logger.error("a fault", error=described(error))
            self._count("PageFailed")
            return self._trouble(house, self.trouble, 500)
        for name in reply.metrics:
            self._count(name)
        return reply_event(reply, head=request.method == "HEAD")

    def _count(self, name: str) -> None:
        self.metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)

    def _trouble(self, house: House, name: str, status: int) -> dict[str, Any]:
        return reply_event(trouble(house, name, status, home=self.home), head=False)
