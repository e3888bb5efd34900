"""Clients of the fake WeChat."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from demo.wechat.pushing import Sender
from demo.wechat.world import App, World
from kit.wechat.account import Account, Kind
from kit.wechat.client import Client, connected
from tests.demo.wechat import worlds
from tests.demo.wechat.receiver import Receiver, receiving


def account_of(app: App) -> Account:
    """Our configuration for an account of the fake's."""
    return Account(Kind(app.kind), app.app_id, app.original_id, app.secret, app.token, app.aes_key)


def client_of(app: App, world: World, http: ClientSession, valkey: Redis) -> Client:
    """A client that does not wait between its tries."""
    return Client(account_of(app), http, valkey, base=world.base, waits=(0.0, 0.0))


@pytest.fixture
async def wechat() -> AsyncIterator[tuple[World, Sender]]:
    """A WeChat that is served, and whoever pushes for it."""
    world = worlds.small()
    async with worlds.serving(world) as (_, sender, _):
        yield world, sender


@pytest.fixture
def world(wechat: tuple[World, Sender]) -> World:
    """That WeChat; `world.base` is its address."""
    return wechat[0]


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """The session of our clients."""
    async with connected() as session:
        yield session


@pytest.fixture
def official(world: World, http: ClientSession, valkey: Redis) -> Client:
    """A client for the official account."""
    return client_of(worlds.official(world), world, http, valkey)


@pytest.fixture
def mini(world: World, http: ClientSession, valkey: Redis) -> Client:
    """A client for the mini-program."""
    return client_of(worlds.mini(world), world, http, valkey)


@pytest.fixture
def sender(wechat: tuple[World, Sender]) -> Sender:
    """Whoever pushes for it."""
    return wechat[1]


@pytest.fixture
async def receiver(world: World) -> AsyncIterator[Receiver]:
    """A callback for the mini-program."""
    async with receiving(worlds.mini(world)) as receiver:
        yield receiver
