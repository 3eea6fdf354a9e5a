"""Answers that ride with the visitor, so that nothing is stored and two tabs know nothing of each other.

What is sealed can be neither read nor changed, and opens only in the browser that it was sealed for. The
cipher is HMAC-SHA256 in counter mode under one key, the seal another HMAC under a second key, over
everything that is sent (encrypt, then authenticate).
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

_NONCE_BYTES = 16
_TIME_BYTES = 6
_SEAL_BYTES = 32
_BLOCK_BYTES = 32
LONGEST = 4000  # characters; anything longer is nothing of ours


@dataclass(frozen=True, slots=True)
class Opened:
    content: bytes
    age_s: int


def key_for(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, f"telekarta-web:{purpose}".encode(), hashlib.sha256)


def digest(secret: bytes, *parts: str) -> str:
    """Who tries, or what is tried, as a counter may know it."""
    return hmac.digest(key_for(secret, "digest"), "\x1f".join(parts).encode(), hashlib.sha256).hex()[:32]


def seal(secret: bytes, browser: str, content: bytes, nonce: bytes, now: datetime) -> str:
    """`nonce` is 16 random bytes, never used twice; `browser` is the cookie's value."""
    sealed_at = int(now.timestamp()).to_bytes(_TIME_BYTES, "big")
    hidden = _mix(secret, nonce, content)
    packed = nonce + sealed_at + hidden
    return urlsafe_b64encode(packed + _seal(secret, browser, packed)).rstrip(b"=").decode()


def unseal(secret: bytes, browser: str, token: str, now: datetime) -> Opened | None:
    """None: it was altered, cut, made up, or sealed for another browser."""
    if len(token) > LONGEST or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    packed, mac = raw[:-_SEAL_BYTES], raw[-_SEAL_BYTES:]
    if len(packed) < _NONCE_BYTES + _TIME_BYTES:
        return None
    if not hmac.compare_digest(mac, _seal(secret, browser, packed)):
        return None
    nonce, rest = packed[:_NONCE_BYTES], packed[_NONCE_BYTES:]
    sealed_at = int.from_bytes(rest[:_TIME_BYTES], "big")
    return Opened(_mix(secret, nonce, rest[_TIME_BYTES:]), int(now.timestamp()) - sealed_at)


def _seal(secret: bytes, browser: str, packed: bytes) -> bytes:
    return hmac.digest(key_for(secret, "seal"), f"{browser}\x1f".encode() + packed, hashlib.sha256)


def _mix(secret: bytes, nonce: bytes, content: bytes) -> bytes:
    key = key_for(secret, "hide")
    blocks = range(-(-len(content) // _BLOCK_BYTES))
    stream = b"".join(hmac.digest(key, nonce + block.to_bytes(4, "big"), hashlib.sha256) for block in blocks)
    return bytes(each ^ mask for each, mask in zip(content, stream, strict=False))
