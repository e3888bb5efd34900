"""The menu below the chat of the official account."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kit.wechat.client import Client


@dataclass(frozen=True, slots=True)
class Click:
    """Sends us the key."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class View:
    """Opens a page."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class MiniProgram:
    """Opens a page of a linked mini-program; old phones open `url`."""

    name: str
    app_id: str
    page: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Opens one to five of the others."""

    name: str
    buttons: Sequence[Click | View | MiniProgram]


Button = Click | View | MiniProgram | Group


async def set_menu(client: Client, buttons: Sequence[Button]) -> None:
    """Put this menu in the place of whatever was there; phones take up to five minutes to see it.

    One to three buttons; names of at most 16 bytes in UTF-8, 60 below a group. Raises ValueError for others.
    """
    if not 1 <= len(buttons) <= 3:
        raise ValueError("a menu has one to three buttons")
    await client.post("/cgi-bin/menu/create", {"button": [_described(button, 16) for button in buttons]})


def _described(button: Button, longest: int) -> dict[str, Any]:
    if not 1 <= len(button.name.encode()) <= longest:
        raise ValueError(f"the name of a button has 1 to {longest} bytes: {button.name}")
    match button:
        case Group(name, buttons):
            if not 1 <= len(buttons) <= 5:
                raise ValueError("a group has one to five buttons")
            return {"name": name, "sub_button": [_described(one, 60) for one in buttons]}
        case Click(name, key):
            return {"type": "click", "name": name, "key": key}
        case View(name, url):
            return {"type": "view", "name": name, "url": url}
        case MiniProgram(name, app_id, page, url):
            return {"type": "miniprogram", "name": name, "appid": app_id, "pagepath": page, "url": url}
