"""Price lists: drafting, checking and publishing them (WP §6.5, TG §6.11)."""

from desk import fields
from desk.capabilities.price_answers import WHY_PRICES_REFUSED, answered, drafted
from desk.fields import Field, shaped, whole
from desk.spec import Spec
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.usecases.prices.publishing import (
    CheckPriceList,
    DraftPriceList,
    PriceListDrafted,
    PriceListLookedAt,
    PriceListRefused,
    PublishPriceList,
    check_price_list,
    draft_price_list,
    publish_price_list,
)

_version = Field(
    "version",
    shaped("[0-9a-z][0-9a-z.-]{0,19}", "1 to 20 small letters, digits, dots or dashes"),
    "the list's name, for good: `2027-02`",
)
_draft = Field(
    "draft",
    shaped(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", "the file's name below `drafts/`"),
    "the file's name below `drafts/` in the bucket of price lists",
)
_mark = Field(
    "mark", shaped("[0-9a-f]{12}", "the mark that check_price_list answered"), "what the check answered"
)
_warnings = Field(
    "warnings",
    whole(0, 99_999),
    "how many warnings the check has shown, if they are accepted; 0 if left out",
    required=False,
)
_SIGNATURE = {"who": "anna.kowalska", "why": "Uchwała 2026/31 o cenach"}
_EXAMPLE = {"brand": "telegrosik", "version": "2027-02", "draft": "telegrosik-2027-02.csv"}


def _draft_price_list(desk: DeskDeps, command: DraftPriceList) -> PriceListDrafted | PriceListRefused:
    return draft_price_list(desk.price_lists, command)


def _check_price_list(desk: DeskDeps, command: CheckPriceList) -> PriceListLookedAt | PriceListRefused:
    return check_price_list(desk.price_lists, command)


def _publish_price_list(desk: DeskDeps, command: PublishPriceList) -> PriceListLookedAt | PriceListRefused:
    return publish_price_list(desk.price_lists, command)


SPECS = (
    Spec[DraftPriceList, PriceListDrafted | PriceListRefused](
        "draft_price_list",
        DraftPriceList,
        (fields.brand, _draft, fields.who, fields.why),
        "Copies the brand's last price list, announced or in force, into a new draft. Download it, change the"
        " prices and the day, and put it back under the same name. (WP §6.5, TG §6.11)",
        {"brand": "telegrosik", "draft": "telegrosik-2027-02.csv", **_SIGNATURE},
        carry_out=_draft_price_list,
        respond=drafted,
        refusals=WHY_PRICES_REFUSED,
    ),
    Spec[CheckPriceList, PriceListLookedAt | PriceListRefused](
        "check_price_list",
        CheckPriceList,
        (fields.brand, _version, _draft),
        "Shows what a draft of a price list would change against the list that is in force on the day before"
        " it: rows added and removed, what becomes dearer, cheaper, newly sold and no longer connected, and"
        " everything that is wrong with the file, with its row. Prices are grosze a minute. `why_not` is why"
        " it can't be published now, `warnings` what must be accepted. Changes nothing."
        " (WP §6.5, TG §6.11)",
        _EXAMPLE,
        carry_out=_check_price_list,
        respond=answered,
        refusals=WHY_PRICES_REFUSED,
    ),
    Spec[PublishPriceList, PriceListLookedAt | PriceListRefused](
        "publish_price_list",
        PublishPriceList,
        (fields.brand, _version, _draft, _mark, _warnings, fields.who, fields.why),
        "Publishes a draft just as it was checked. The page of prices announces it at once, it holds from its"
        " own day, and thirty whole days must lie between. **It can't be taken back**, only replaced by"
        " another list for the same day, announced as early. Given again it changes nothing (`unchanged`)."
        " (WP §6.5, TG §6.11)",
        {
            **_EXAMPLE,
            "mark": "0123456789ab",
            "warnings": 2,
            **_SIGNATURE,
        },
        carry_out=_publish_price_list,
        respond=answered,
        refusals=WHY_PRICES_REFUSED,
    ),
)
