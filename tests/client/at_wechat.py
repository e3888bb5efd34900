"""A small WeChat for the phones, and the settings of a site that has both its accounts there."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from demo.wechat.world import World
from tests.api.test_wechat_codes import configured
from tests.client.hands import Hands
from tests.demo.wechat import worlds


@pytest_asyncio.fixture(loop_scope="session")
async def world() -> AsyncIterator[World]:
    """A small WeChat, served."""
    made = worlds.small()
    async with worlds.serving(made):
        yield made


@pytest.fixture
def accounts(world: World) -> dict[str, Any]:
    """With both accounts of one open platform."""
    changed: dict[str, Any] = {
        "wechat_api": world.base,
        "wechat_pages": world.base,
        "wechat_open_platform": True,
    }
    for account in world.apps.values():
        changed |= configured(account)
    return changed


async def agrees(hands: Hands, name: str = "张三") -> None:
    """On WeChat's page, which leads back."""
    await hands.phone.page.get_by_role("link", name=f"以“{name}”的身份同意").click()
