"""The metrics of the voice function, read from CloudWatch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from telekarta.adapters.aws.passing import passes
from telekarta.usecases.desk.service_metrics import FiguresUnavailable

NAMESPACE = "Telekarta"
SERVICE = "voice"
_OURS = [{"Name": "service", "Value": SERVICE}]
_AT_MOST = 500  # queries of one request
_PERCENTILES = ("p50", "p99")


@dataclass(frozen=True)
class CloudWatchFigures:
    """The port `Figures`. `voice_function` is the name of the function whose durations are told."""

    voice_function: str
    region: str = ""

    def counts(self, lately: timedelta) -> Mapping[str, int]:
        names = sorted(self._names())
        found: dict[str, int] = {}
        for start in range(0, len(names), _AT_MOST):
            some = names[start : start + _AT_MOST]
            queries = [_query(n, NAMESPACE, name, _OURS, "Sum") for n, name in enumerate(some)]
            for n, values in self._data(queries, lately):
                found[some[n]] = round(sum(values))
        return {name: count for name, count in found.items() if count}

    def latency_ms(self, lately: timedelta) -> Mapping[str, float]:
        of_voice = [{"Name": "FunctionName", "Value": self.voice_function}]
        queries = [
            _query(n, "AWS/Lambda", "Duration", of_voice, percentile)
            for n, percentile in enumerate(_PERCENTILES)
        ]
        # The slowest of the periods: a bad hour must not hide in a good day.
        return {_PERCENTILES[n]: max(values) for n, values in self._data(queries, lately) if values}

    def _names(self) -> Iterator[str]:
        """Those that were counted in the last two weeks; older ones CloudWatch does not list."""
        request: dict[str, Any] = {"Namespace": NAMESPACE, "Dimensions": _OURS}
        while True:
            page = self._ask("list_metrics", **request)
            yield from {each["MetricName"] for each in page["Metrics"]}
            if not (token := page.get("NextToken")):
                return
            request["NextToken"] = token

    def _data(
        self, queries: Sequence[Mapping[str, Any]], lately: timedelta
    ) -> Iterator[tuple[int, Sequence[float]]]:
        if not queries:
            return
        until = datetime.now(UTC)
        request: dict[str, Any] = {
            "MetricDataQueries": queries,
            "StartTime": until - lately,
            "EndTime": until,
        }
        while True:
            page = self._ask("get_metric_data", **request)
            for each in page["MetricDataResults"]:
                yield int(each["Id"].removeprefix("m")), each["Values"]
            if not (token := page.get("NextToken")):
                return
            request["NextToken"] = token

    def _ask(self, operation: str, **request: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            return getattr(self._cloudwatch, operation)(**request)
        except ClientError as error:
            if not passes(error):
                raise
            raise FiguresUnavailable(f"{operation}: {type(error).__name__}") from error
        except BotoCoreError as error:
            raise FiguresUnavailable(f"{operation}: {type(error).__name__}") from error

    @cached_property
    def _cloudwatch(self) -> Any:
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        # An operator is looking, and the whole page has the function's time.
        patience = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 2})
        return boto3.client("cloudwatch", region_name=self.region or None, config=patience)


def _query(
    number: int, namespace: str, name: str, dimensions: Sequence[Mapping[str, str]], statistic: str
) -> Mapping[str, Any]:
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    # An hour: CloudWatch keeps finer figures for two weeks only, and a month of hours is one page.
    return {"Id": f"m{number}", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": statistic}}
