"""A served WeChat, somebody's hand in it, and callbacks for its accounts."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from demo.wechat.pushing import Sender
from demo.wechat.world import World
from tests.demo.wechat import worlds
from tests.demo.wechat.receiver import Receiver, receiving


@pytest.fixture
async def served() -> AsyncIterator[tuple[World, Sender, ClientSession]]:
    """All of it."""
    world = worlds.small()
    async with worlds.serving(world) as (_, sender, http):
        yield world, sender, http


@pytest.fixture
def world(served: tuple[World, Sender, ClientSession]) -> World:
    """The world."""
    return served[0]


@pytest.fixture
def sender(served: tuple[World, Sender, ClientSession]) -> Sender:
    """Whoever pushes."""
    return served[1]


@pytest.fixture
def http(served: tuple[World, Sender, ClientSession]) -> ClientSession:
    """A session to ask it with."""
    return served[2]


@pytest.fixture
async def receiver(world: World) -> AsyncIterator[Receiver]:
    """The official account's callback."""
    app = worlds.official(world)
    async with receiving(app) as receiver:
        app.callback = receiver.url
        yield receiver
