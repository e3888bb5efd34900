"""The whole web application on the demo province, and people who use it over HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from redis.asyncio import Redis

import app
from demo.persons import LISTED
from domain.loop import notices
from domain.people import accounts
from kit.settings import Settings
from models import Account, Role
from tests.servers import Servers

Client = TestClient[web.Request, web.Application]


@dataclass
class Api:
    """A client that speaks for whoever is asked; `people` remembers who is signed in."""

    client: Client
    settings: Settings
    people: dict[str, str]

    async def call(self, method: str, path: str, who: str = "", body: Any = None, **headers: str) -> ClientResponse:
        """One request; `who` is a demo username, a whole Authorization header, or nobody."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            sent["Authorization"] = who if " " in who else await self.signed_in(who)
        return await self.client.request(method, path, json=body, headers=sent)

    async def signed_in(self, username: str) -> str:
        """The Authorization of somebody's session, begun when first asked for."""
        if username not in self.people:
            signed = await accounts.begin(self.settings, await Account.get(username=username), "test")
            self.people[username] = f"Bearer {signed.token}"
        return self.people[username]

    async def get(self, path: str, who: str = "", **headers: str) -> Any:
        """The JSON of a 200."""
        response = await self.call("GET", path, who, **headers)
        assert response.status == 200, await response.text()
        return await response.json()

    async def post(self, path: str, who: str = "", body: Any = None, status: int = 200, **headers: str) -> Any:
        """The JSON of an answer with this status."""
        response = await self.call("POST", path, who, {} if body is None else body, **headers)
        assert response.status == status, await response.text()
        return await response.json() if response.content_type == "application/json" else None

    async def file(self, **report: Any) -> tuple[str, str]:
        """File a report; its number and the Authorization of its receipt."""
        values = {"mode": "anonymous", "text": "许可申请三个月没有结果", "region": "620102", "category": "B10"}
        filed = await self.post("/api/v1/cases", body={**values, **report}, status=201)
        return filed["number"], f"Receipt {filed['number']}:{filed['secret']}"

    async def step(self, number: str, verb: str, who: str, status: int = 200, **inputs: Any) -> Any:
        """Take a step."""
        return await self.post(f"/api/v1/matters/{number}/steps/{verb}", who, {"inputs": inputs}, status)

    async def told(self) -> None:
        """What the worker does with notices."""
        await notices.delivered()


@pytest.fixture
async def api(
    province: str,
    servers: Servers,
    valkey: Redis,
    settings: Settings,
    tmp_path: Path,
    aiohttp_client: Callable[[web.Application], Awaitable[Client]],
) -> Api:
    """The application as `make run` builds it."""
    built = settings.model_copy(update={"database_url": province, "redis_url": servers.valkey.url(), "var": tmp_path})
    client = await aiohttp_client(app.build(built, database=False))
    return Api(client, built, {})


def username(role: Role) -> str:
    """The first demo person of a role."""
    return next(person.username for person in LISTED if person.role is role)
