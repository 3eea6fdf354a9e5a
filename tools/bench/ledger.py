"""A card read, held and settled, against bare requests of the same shape, on the emulator; and rating."""

import random
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.brands import Brand
from tools.bench.figures import Figure

GROUP = "read, hold and settle"
ROUNDS, CYCLES = 7, 40
LOOKUPS = 20_000


def cycles(settle: Callable[[int], None], bare: Callable[[int], None]) -> list[Figure]:
    """`settle(n)` and `bare(n)` each do the n-th cycle; CPU and wall time of one, in turns."""
    taken: Mapping[str, list[float]] = {"cpu": [], "wall": [], "bare cpu": [], "bare wall": []}
    number = 0
    for _ in range(ROUNDS):
        for prefix, cycle in (("", settle), ("bare ", bare)):
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(CYCLES):
                number += 1
                cycle(number)
            taken[f"{prefix}cpu"].append((time.process_time() - cpu) * 1000 / CYCLES)
            taken[f"{prefix}wall"].append((time.perf_counter() - wall) * 1000 / CYCLES)
    found = {name: median(each) for name, each in taken.items()}
    return [
        Figure(GROUP, "CPU of a cycle", found["cpu"], "ms", found["bare cpu"]),
        Figure(GROUP, "time of a cycle", found["wall"], "ms", found["bare wall"]),
    ]


def bare_cycle(client: Any, table: str) -> Callable[[int], None]:
    """One read, one conditional update and one transaction of two items: what a call is at least."""

    def cycle(number: int) -> None:
        key = {"ref": {"S": "bare"}}
        client.get_item(TableName=table, Key=key, ConsistentRead=True)
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET #n = :n",
            ConditionExpression="attribute_not_exists(#n) OR #n <> :n",
            ExpressionAttributeNames={"#n": "number"},
            ExpressionAttributeValues={":n": {"N": str(number)}},
        )
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": key | {"number": {"N": str(-number)}}}},
                {
                    "Put": {
                        "TableName": table,
                        "Item": {"ref": {"S": f"bare-{number}"}},
                        "ConditionExpression": "attribute_not_exists(#r)",
                        "ExpressionAttributeNames": {"#r": "ref"},
                    }
                },
            ]
        )

    return cycle


def rating() -> list[Figure]:
    """Looking a rate up by the longest prefix, against one look into a dict."""
    book = load_price_book()
    prices = book.current(Brand.WHITE_PHONE, book.lists[-1].valid_from)
    chance = random.Random(7)  # noqa: S311
    prefixes = sorted(prices.rates)
    numbers = [
        "+" + (chance.choice(prefixes) + "".join(chance.choices("0123456789", k=9)))[:12]
        for _ in range(LOOKUPS)
    ]
    plain = dict.fromkeys(numbers, 1)
    looked, bare = [], []
    for _ in range(ROUNDS):
        began = time.process_time()
        for number in numbers:
            prices.rate_for(number)
        looked.append((time.process_time() - began) * 1e6 / LOOKUPS)
        began = time.process_time()
        for number in numbers:
            plain.get(number)
        bare.append((time.process_time() - began) * 1e6 / LOOKUPS)
    return [Figure("rating", "a look-up by longest prefix", median(looked), "us", median(bare))]
