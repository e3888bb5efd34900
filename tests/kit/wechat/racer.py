"""A process that calls WeChat ten times at once: `python -m tests.kit.wechat.racer ADDRESS VALKEY`."""

import asyncio
import sys

from redis.asyncio import Redis

from kit.wechat import menu
from kit.wechat.client import Client, connected
from tests.demo.wechat import worlds
from tests.kit.wechat.conftest import account_of


async def race(base: str, valkey_url: str) -> None:
    """Ten calls that need a token, once a line has been read."""
    async with connected() as http, Redis.from_url(valkey_url) as valkey:
        client = Client(account_of(worlds.official(worlds.small())), http, valkey, base=base)
        await valkey.ping()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.gather(*(menu.set_menu(client, [menu.Click("我要举报", "report")]) for _ in range(10)))


if __name__ == "__main__":
    asyncio.run(race(*sys.argv[1:]))
