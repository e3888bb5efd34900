"""What the composition root puts into the application for handlers to use."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from obstore.store import ObjectStore
from redis.asyncio import Redis

from domain.files.writing import Place
from domain.people.actors import Actor
from kit.settings import Settings
from kit.wechat.account import Kind
from kit.wechat.client import Client


@dataclass(frozen=True)
class Facts:
    """Where a request came from (on anonymous routes None, but for staff), and its proof of work."""

    address: str | None
    agent: str | None
    proof: str | None = None


@dataclass(frozen=True)
class Part:
    """Something this process leans on. `check` returns "ok" or another word for its state; raising means missing.

    Without a needed part the process is unavailable; without another it is degraded.
    """

    name: str
    check: Callable[[], Awaitable[str]]
    needed: bool = False


# From the Authorization header (`Bearer …` of staff, `Receipt number:secret`, or None) to who acts.
# Raises NotSignedIn when the header proves nothing.
ResolveActor = Callable[[str | None, Facts], Awaitable[Actor]]

SETTINGS = web.AppKey("settings", Settings)
# Absent when no Valkey is configured; a client connects when first used and may fail at any moment.
VALKEY = web.AppKey("valkey", Redis)
RESOLVE_ACTOR: web.AppKey[ResolveActor] = web.AppKey("resolve_actor")
PARTS: web.AppKey[list[Part]] = web.AppKey("parts")
# What is still being loaded in the background after a first start, as {name (in Chinese), done, total}.
LOADING: web.AppKey[Callable[[], Awaitable[list[dict[str, Any]]]]] = web.AppKey("loading")
# What keeps nothing from working, by code, in words: what the machine lacks, files that somebody has to look at.
WARNINGS: web.AppKey[Callable[[], Awaitable[dict[str, str]]]] = web.AppKey("warnings")
# Sets the figures that come from the database, before they are shown.
MEASURED: web.AppKey[Callable[[], Awaitable[None]]] = web.AppKey("measured")
# Who may be signed in by one click: only the composition root of a demo sets it.
DEMO_PERSONS: web.AppKey[Callable[[], Awaitable[list[dict[str, str]]]]] = web.AppKey("demo_persons")
# A demo person's password and the code that their phone shows; raises NotFound for anybody else.
DEMO_CREDENTIALS: web.AppKey[Callable[[str], Awaitable[tuple[str, str]]]] = web.AppKey("demo_credentials")
# Where uploads lie until the worker has stored them, and where it stores them.
UPLOADS: web.AppKey[Place] = web.AppKey("uploads")
STORE: web.AppKey[Callable[[], ObjectStore]] = web.AppKey("store")
# Our accounts at WeChat, while the application runs; empty where none is set up.
WECHAT: web.AppKey[dict[Kind, Client]] = web.AppKey("wechat", dict)
