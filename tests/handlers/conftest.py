"""A door with sample routes behind it: no database, actors by a word in the header."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app import build
from domain.people.actors import VISITOR, Actor
from handlers.keys import Facts
from handlers.spec import Routes
from kit.errors import NotSignedIn
from kit.settings import Settings
from models import ActorKind

Client = TestClient[web.Request, web.Application]
Door = Callable[..., Awaitable[Client]]


async def by_word(authorization: str | None, facts: Facts) -> Actor:
    """`Bearer account` is an account; anything else proves nothing."""
    if authorization is None:
        return VISITOR
    word = authorization.rpartition(" ")[2]
    if word not in set(ActorKind):
        raise NotSignedIn
    return Actor(ActorKind(word), name=f"{facts.address} {facts.agent}")


@pytest.fixture
def door(aiohttp_client: Callable[[web.Application], Awaitable[Client]]) -> Door:
    """Open a door with the given routes and settings."""

    async def open_door(*routes: Routes, **settings: Any) -> Client:
        app = build(Settings(**settings), routes=routes, resolve_actor=by_word, database=False)
        return await aiohttp_client(app)

    return open_door
