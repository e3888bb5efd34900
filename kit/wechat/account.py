"""One of our accounts at WeChat, as its console configures it."""

import re
from base64 import b64decode
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from kit.settings import Settings


class Kind(StrEnum):
    """Official account or mini-program."""

    OFFICIAL = "official"
    MINI = "mini"


class Mode(StrEnum):
    """How WeChat pushes: encrypted, encrypted beside the plain text, or plain."""

    SAFE = "safe"
    COMPATIBLE = "compatible"
    PLAIN = "plain"


@dataclass(frozen=True)
class Account:
    """Identity and secrets of one account; whoever prints it reads no secret.

    `original_id` is the gh_ id that pushes are sent to. `previous_aes_key` opens what was under way when the key was
    changed. Raises ValueError for a token or key that WeChat's console would not take: an empty token, above all,
    would let anybody sign.
    """

    kind: Kind
    app_id: str
    original_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    previous_aes_key: str = field(default="", repr=False)
    mode: Mode = Mode.SAFE

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9A-Za-z]{3,32}", self.token):
            raise ValueError("the token of a WeChat callback has 3 to 32 letters and digits")
        if not all(re.fullmatch(r"[0-9A-Za-z]{43}", key) for key in (self.aes_key, self.previous_aes_key or "a" * 43)):
            raise ValueError("the EncodingAESKey of a WeChat callback has 43 letters and digits")
        if not (self.app_id and self.original_id and self.secret):
            raise ValueError("an account at WeChat needs its app id, original id and secret")

    @cached_property
    def keys(self) -> tuple[bytes, ...]:
        """The keys (32 bytes each) a push may be encrypted with, the present one first."""
        return tuple(b64decode(key + "=") for key in (self.aes_key, self.previous_aes_key) if key)


def accounts(settings: Settings) -> dict[Kind, Account]:
    """The accounts that this installation has; raises ValueError for one that is set up by half."""
    return {kind: _account(settings, kind) for kind in Kind if getattr(settings, f"wechat_{kind}_app_id")}


def _account(settings: Settings, kind: Kind) -> Account:
    def said(name: str) -> str:
        value = getattr(settings, f"wechat_{kind}_{name}")
        return value if isinstance(value, str) else str(value.get_secret_value())

    return Account(
        kind=kind,
        app_id=said("app_id"),
        original_id=said("original_id"),
        secret=said("secret"),
        token=said("token"),
        aes_key=said("aes_key"),
        previous_aes_key=said("previous_aes_key"),
        mode=Mode(said("mode")),
    )
