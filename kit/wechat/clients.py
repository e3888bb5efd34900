"""One client of WeChat's API for each account of this installation, over one HTTP session."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from kit.settings import Settings
from kit.wechat.account import Kind, accounts
from kit.wechat.client import Client, connected


@asynccontextmanager
async def clients(settings: Settings, valkey: Redis | None) -> AsyncIterator[dict[Kind, Client]]:
    """The clients by kind of account; none where none is set up, or where no Valkey keeps their tokens."""
    found = accounts(settings) if valkey is not None else {}
    if not found or valkey is None:
        yield {}
        return
    async with connected() as http:
        yield {kind: Client(account, http, valkey, base=settings.wechat_api) for kind, account in found.items()}
