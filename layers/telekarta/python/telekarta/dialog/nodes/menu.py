"""The menu, and what every caller may do from it: hear the balance, change language or pace, get help."""

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects.menu import BalanceOutcome, ReadBalance, Remember, RememberOutcome
from telekarta.dialog.language import Language
from telekarta.dialog.nodes.keyed import MENU_KEY
from telekarta.dialog.nodes.share import Node, Option, OptionOf, Share
from telekarta.dialog.screens import HOME, Dial, DialReport, Edges, End, Go, Menu, Reply, Screen
from telekarta.domain.brands import HELP_LINES
from telekarta.domain.rules import rule

HELP_CALL_LIMIT_S = 30 * 60

REMEMBERED: Edges = {RememberOutcome.REMEMBERED: Go(HOME, ("remembered",))}


def choose_language(caller: Caller) -> Screen:
    """The caller chooses Polish or English, for this call and the next ones."""
    return Menu(
        say=("ask_language",),
        keys={
            "1": Remember(Language.PL, caller.slow),
            "2": Remember(Language.EN, caller.slow),
            MENU_KEY: Go(HOME),
        },
        edges=REMEMBERED,
    )


@rule("WP §8.1", "TG §8.1", "TG §8.2")
def help(caller: Caller) -> Screen:
    """The carrier connects the caller to customer service, at no charge."""

    def answer(report: DialReport) -> Reply:
        return Go(HOME) if report.status == "completed" else Go(HOME, ("help_line_busy",))

    return Dial(
        say=("connecting_help",),
        number=HELP_LINES[caller.brand],
        limit_s=HELP_CALL_LIMIT_S,
        hides_caller=False,
        answer=answer,
        edges={},
        goes=(HOME,),
        is_charged=False,
    )


def goodbye(_: Caller) -> Screen:
    """The last screen of every call."""
    return End(say=("goodbye",))


def balance_option(caller: Caller) -> Option:
    told = "account_balance" if caller.is_account else "card_balance"
    return Option(
        "1",
        "menu_balance",
        ReadBalance(),
        {BalanceOutcome.READ: Go(HOME, (told,))},
        is_offered=caller.holder is not None,
    )


def repeat_option(_: Caller) -> Option:
    return Option("2", "menu_repeat", Go(HOME))


def language_option(_: Caller) -> Option:
    return Option("3", "menu_language", Go("choose_language"))


def pace_option(caller: Caller) -> Option:
    say = "menu_faster" if caller.slow else "menu_slower"
    return Option("4", say, Remember(caller.language, not caller.slow), REMEMBERED)


def help_option(_: Caller) -> Option:
    return Option("9", "menu_help", Go("help"))


def back_option(_: Caller) -> Option:
    return Option(MENU_KEY, "menu_back", Go(HOME))


def menu_of(options: tuple[OptionOf, ...]) -> Node:
    """The menu's node: what the capabilities offer, in the order of the keys; the way back comes last."""

    def menu(caller: Caller) -> Screen:
        every = sorted(
            (option(caller) for option in options), key=lambda option: (option.key == MENU_KEY, option.key)
        )
        offered = [option for option in every if option.is_offered]
        edges: Edges = {}
        for option in every:
            edges |= option.edges
        return Menu(
            say=tuple(option.say for option in offered),
            keys={option.key: option.reply for option in offered},
            edges=edges,
        )

    return menu


SHARE = Share(
    nodes=(choose_language, help, goodbye),
    options=(balance_option, repeat_option, language_option, pace_option, help_option, back_option),
)
