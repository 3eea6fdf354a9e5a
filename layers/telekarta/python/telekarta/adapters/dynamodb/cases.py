"""Cases: `CaseStore` on DynamoDB, in the desk's table."""

from telekarta.adapters.dynamodb import transactions
from telekarta.adapters.dynamodb.cards import DynamoCards
from telekarta.adapters.dynamodb.items import CaseItem, case_key, case_of, case_values
from telekarta.adapters.dynamodb.transactions import NotMet, Save, Update
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


class DynamoCases(DynamoCards):
    """`CaseStore`. It needs the desk's table."""

    def open_case(self, case: Case) -> bool:
        """A transaction of one item, for its token: were a plain put sent again after a lost answer, it would
        find its own case and pass for somebody else's."""
        item = self._case_items()(**case_values(case))
        is_new = not transactions.transact(self._connection, [Save(item, CaseItem.id.does_not_exist())])
        if is_new and case.kind in _HEARD_BY:
            _count(_HEARD_BY[case.kind])
        return is_new

    def case(self, case_id: str) -> Case | None:
        items = self._case_items()
        raw = transactions.ask(
            "GetItem",
            lambda: self._connection.get_item(items.Meta.table_name, case_key(case_id), consistent_read=True),
        )
        return case_of(items.from_raw_data(raw["Item"])) if "Item" in raw else None

    def cases(self, state: CaseState, limit: int, *, newest_first: bool = False) -> tuple[Case, ...]:
        items = self._case_items()
        found = transactions.query(
            lambda: items.by_state.query(state, limit=limit, scan_index_forward=not newest_first)
        )
        return tuple(map(case_of, found))

    def close_case(self, closed: Case) -> bool:
        item = self._case_items()(id=case_key(closed.id))
        actions = [CaseItem.case_state.to(closed.state), CaseItem.history.to(closed.history)]
        as_seen = CaseItem.case_state == CaseState.OPEN
        return not isinstance(transactions.update(self._connection, Update(item, actions, as_seen)), NotMet)

    def _case_items(self) -> type[CaseItem]:
        if self._cases is None:
            raise transactions.StoreFault("no table for cases was named")
        return self._cases
