"""Our accounts' clients in one process, over one session."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from kit.settings import Settings
from kit.wechat.account import Kind, accounts
from kit.wechat.client import Client, connected


@asynccontextmanager
async def clients(settings: Settings, valkey: Redis) -> AsyncIterator[dict[Kind, Client]]:
    """A client for each account that is set up; raises ValueError for one that is set up by half."""
    known = accounts(settings)
    async with connected() as http:
        yield {kind: Client(account, http, valkey, base=settings.wechat_api) for kind, account in known.items()}
