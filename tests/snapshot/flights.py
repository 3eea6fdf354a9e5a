"""Calls that are going on when the snapshot is taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.kit.phone import PhoneCall
from tests.snapshot.carrier import node_of, screen
from tests.snapshot.world import (
    ANNOUNCED,
    MENU,
    TALK,
    TELEGROSIK,
    VOUCHERS,
    WHITE_PHONE,
    World,
    codeless,
    goes_on,
)

# What the carrier says twice, or of the country only.
REPEATED = {f"{who}Country" for who in ("From", "Caller", "To", "Called")} | {"Caller", "Called"}
# Each call in flight: who calls, the keys until it is taken down, the node it is at then, and the keys after.
IN_ENGLISH = [MENU, "3", "2"]
CALLS: Sequence[tuple[str, str, list[str], str, list[str]]] = [
    *(
        (f"{who} {language} {name}", who, [*chosen, *keys], node, after)
        for who, home in (("card", "destination"), ("telegrosik", "destination"), ("account", "account"))
        for language, chosen in (("pl", []), ("en", IN_ENGLISH))
        for name, keys, node, after in (
            ("before a number", [], home, TALK),
            ("hears how long", ANNOUNCED, "announcing", ["talks", "hangs up"]),
            ("talks", [*ANNOUNCED, "is connected"], "report", ["talks", "hangs up"]),
        )
    ),
    ("card pl at the PIN", "card", [], "card_pin", ["00000000"]),
    ("card en chooses a top-up", "card", [*IN_ENGLISH, MENU, "6"], "top_up", ["1", "5#", MENU, "1"]),
    ("card pl keys an amount", "card", [MENU, "6", "1"], "take_amount", ["00#", MENU, "0", *TALK]),
    ("card pl says how much from another", "card", [MENU, "6", "1", "5#"], "take_from", ["1#", MENU, "1"]),
    ("card en keys a voucher", "card", [*IN_ENGLISH, MENU, "6", "2"], "voucher", [VOUCHERS[1], *TALK]),
    ("card pl sets its PUK", "card", [MENU, "5"], "new_puk", ["58203917", "58203917", *TALK]),
    ("card pl at the menu, slowly", "card", [MENU, "4", MENU], "menu", ["1", *TALK]),
    ("telegrosik pl gives", "telegrosik", [MENU, "6", "5#"], "give_to", ["friend", "1", *TALK]),
    ("telegrosik en confirms", "telegrosik", [*IN_ENGLISH, MENU, "6", "5#", "friend"], "confirm_gift", ["1"]),
]  # fmt: skip


@dataclass
class InFlight:
    """A call that was taken down, and how far it had come then."""

    name: str
    who: dict[str, str]
    call: PhoneCall
    node: str
    after: list[str]

    def __post_init__(self) -> None:
        self.seen = len(self.call.call.events)

    def posts(self) -> list[dict[str, Any]]:
        """What the carrier asked since, and the screens that it was answered."""
        asked = [each.details for each in self.call.call.events[self.seen :] if "url" in each.details]
        return [
            {
                "url": each["url"],
                "form": {key: text for key, text in each["params"].items() if text and key not in REPEATED},
                "screen": screen(each["body"]),
            }
            for each in asked
            if node_of(each["url"]) != "status"
        ]


def calls_in_flight(world: World) -> list[InFlight]:
    friend = world.about["friend"]["card"]
    flights = []
    for name, who, keys, node, after in CALLS:
        before, later = (
            [friend if each == "friend" else each for each in entries] for entries in (keys, after)
        )
        if who == "account":
            subject = {"brand": "telegrosik", "card": world.an_account()}
            call = goes_on(world.phone().dials(TELEGROSIK, subject["card"]), before)
        else:
            (card,) = world.cards("white_phone" if who == "card" else who, 1)
            subject = codeless(card)
            call = (
                goes_on(world.phone().dials(WHITE_PHONE, world.a_line()), [card["card"]])
                if node == "card_pin"
                else world.in_call(card, *before)
            )
        flights.append(InFlight(name, subject, call, node, later))
    return flights


def taken_down(flights: Sequence[InFlight], world: World) -> list[dict[str, Any]]:
    """How each call went on, and what was left of its money when it was over."""
    told = []
    for each in flights:
        goes_on(each.call, each.after).hangs_up()
        posts = each.posts()
        assert node_of(posts[0]["url"]) == each.node, (each.name, posts[0], each.call.story)
        left = world.desk("show_card", **each.who)
        assert left["held_grosze"] == 0, each.name
        money = {"balance_grosze": left["balance_grosze"]}
        told.append({"name": each.name, **each.who, **money, "posts": posts})
    return told
