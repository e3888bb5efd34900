"""What the composition root puts into the application for WeChat's door, and what an effect may know of a push."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from domain.wechat import pushes
from domain.wechat.pushes import Foreseen
from kit.settings import Settings
from kit.together import Together
from kit.wechat.account import Account, Kind
from kit.wechat.answers import Answer
from kit.wechat.client import Client
from kit.wechat.push import Push
from models import Fan


@dataclass(frozen=True)
class Context:
    """One push within its transaction. `fan` is None for somebody of whom nothing is kept.

    `after` is done once it has committed, by this process, as far as it can be: nothing may depend on it.
    """

    settings: Settings
    account: Account
    push: Push = field(repr=False)
    fan: Fan | None
    now: datetime
    client: Client | None = None  # of the account; for what is done `after`
    after: list[Callable[[], Awaitable[Any]]] = field(default_factory=list)


# Answers a push. Whatever it raises is undone: where a server is away it is tried again, else it is a bug.
Effect = Callable[[Context], Awaitable[Answer | None]]


@dataclass
class Door:
    """The callback's own: our accounts, and the pushes that are in hand.

    `ceiling` is the seconds until we answer, whatever the answer is: WeChat hangs up after 5. `patience` is how long an
    effect is tried for: as long as WeChat's three deliveries last.
    """

    settings: Settings
    accounts: Mapping[Kind, Account]
    clients: Mapping[Kind, Client] = field(default_factory=dict)
    running: dict[str, Any] = field(default_factory=dict)  # tasks by Push.once
    ceiling: float = 4.5
    patience: float = 14.0
    together: Together[Foreseen, bool] = field(init=False)

    def __post_init__(self) -> None:
        self.together = Together(partial(pushes.answered, self.settings), self.ceiling)


DOOR = web.AppKey("wechat_door", Door)
