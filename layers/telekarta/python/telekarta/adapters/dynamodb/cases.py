"""Cases: `CaseStore` on DynamoDB, in the desk's table."""

from telekarta.adapters.dynamodb.items import CaseItem, case_key, case_of
from telekarta.adapters.dynamodb.tables import Tables
from telekarta.adapters.dynamodb.transactions import NotMet, Update, get, query, save_alone, update
from telekarta.adapters.dynamodb.writes import case_opening
from telekarta.domain.cases.case import Case, CaseKind, CaseState

# Cases that any function may open, since banks, providers, callers and operators tell of them: counted where
# they are opened, for the alarm of those whose work they are (RefundCasesOpened, CasesOpened).
_HEARD_BY = {
    CaseKind.REFUND_RETURNED: "tasks",
    CaseKind.REFUND_ANSWER_UNDELIVERED: "tasks",
    CaseKind.PAYOUT_DIFFERS: "tasks",
    CaseKind.CLAIM_STRANDED: "timers",
    CaseKind.CLAIM_LATE: "timers",
}


def _count(service: str) -> None:
    from aws_lambda_powertools import single_metric  # noqa: PLC0415
    from aws_lambda_powertools.metrics import MetricUnit  # noqa: PLC0415

    with single_metric("CaseOpened", MetricUnit.Count, 1, namespace="Telekarta") as metric:
        metric.add_dimension("service", service)


class DynamoCases:
    """`CaseStore`. It needs the desk's table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def open_case(self, case: Case) -> bool:
        is_new = save_alone(self._tables, case_opening(case)) is None
        if is_new and case.kind in _HEARD_BY:
            _count(_HEARD_BY[case.kind])
        return is_new

    def case(self, case_id: str) -> Case | None:
        raw = get(self._tables, CaseItem, case_key(case_id))
        return case_of(CaseItem.from_raw_data(raw)) if raw else None

    def cases(self, state: CaseState, limit: int, *, newest_first: bool = False) -> tuple[Case, ...]:
        """By the moment that they were opened at, which is all that the index orders by, and by id."""
        items = self._tables.bound(CaseItem)
        found = query(lambda: items.by_state.query(state, limit=limit, scan_index_forward=not newest_first))
        return tuple(
            sorted(map(case_of, found), key=lambda case: (case.opened_at, case.id), reverse=newest_first)
        )

    def close_case(self, closed: Case) -> bool:
        actions = [CaseItem.case_state.to(closed.state), CaseItem.history.to(closed.history)]
        as_seen = CaseItem.case_state == CaseState.OPEN
        change = Update(CaseItem, case_key(closed.id), actions, as_seen)
        return not isinstance(update(self._tables, change), NotMet)
