"""What a log line may show of a number."""

_HEAD, _TAIL = 3, 2


def masked(number: str) -> str:
    """Enough to tell two cases apart, too little to call or to name anybody: `+48******66`, `****56`."""
    head = number[:_HEAD] if number.startswith("+") else ""
    tail = number[-_TAIL:] if len(number) >= _HEAD + 2 * _TAIL else number[-1:]
    hidden = len(number) - len(head) - len(tail)
    return f"{head}{'*' * hidden}{tail}" if hidden > 0 else "*" * len(number)
