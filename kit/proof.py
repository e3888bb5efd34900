"""Proof of work: a puzzle that costs its asker some seconds and us one hash, asked of everybody under load.

Nothing is stored when a challenge is given out. The caller remembers `challenge_id` of those used, for as long as
they live (LIFE), so that each is used once. Client: find a nonce of 1 to 32 letters and digits such that SHA-256 of
`<challenge>:<nonce>` begins with as many zero bits as the challenge's fourth field says.
"""

import re
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count

from kit.crypto import keyed_hash, same
from kit.errors import Refusal

LIFE = timedelta(seconds=120)
_SHAPE = re.compile(r"(v1\.([0-9]{1,12})\.([0-9a-f]{32})\.([0-9]{1,2}))\.([0-9a-f]{32})")
_NONCE = re.compile(r"[0-9A-Za-z]{1,32}")


class ProofWrong(Refusal):
    """The challenge is not ours, is too old or was not solved."""

    status, code, message = 400, "proof_wrong", "安全校验未通过，请重试"


def challenge(key: bytes, bits: int, now: datetime) -> str:
    """`v1.<expiry>.<random>.<bits>.<mac>`, to be solved within LIFE; each bit doubles the work (18: ¼ s on a PC)."""
    body = f"v1.{int((now + LIFE).timestamp())}.{secrets.token_hex(16)}.{bits}"
    return f"{body}.{_mac(key, body)}"


def check(key: bytes, given: str, nonce: str, now: datetime) -> None:
    """Raise ProofWrong unless the challenge is ours, still alive and solved by the nonce."""
    shape = _SHAPE.fullmatch(given)
    if not shape or not _NONCE.fullmatch(nonce):
        raise ProofWrong
    body, expiry, _, bits, mac = shape.groups()
    if not same(mac.encode(), _mac(key, body).encode()):
        raise ProofWrong
    if now.timestamp() > int(expiry) or not _solved(given, nonce, int(bits)):
        raise ProofWrong


def challenge_id(given: str) -> str:
    """What tells one checked challenge from another, for the caller's list of those used."""
    return given.split(".")[2]


def solve(given: str) -> str:
    """A nonce that solves it: what clients do, here for the demo, the tests and the bench."""
    bits = int(given.split(".")[3])
    return next(str(number) for number in count() if _solved(given, str(number), bits))


def _solved(given: str, nonce: str, bits: int) -> bool:
    digest = sha256(f"{given}:{nonce}".encode()).digest()
    return int.from_bytes(digest, "big") >> (len(digest) * 8 - bits) == 0


def _mac(key: bytes, body: str) -> str:
    return keyed_hash(key, b"proof of work", body.encode())[:16].hex()
