"""The menu of an official account."""

from typing import Any

from aiohttp import web

from demo.wechat.answers import Said, account, body, done, said

_KEYED = {"click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "location_select"}


async def create(request: web.Request) -> web.Response:
    """Put a menu in the place of the one before."""
    buttons = (await body(request)).get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Said(40017, "invalid button size")
    for button in buttons:
        _check(button, 16)
    account(request).menu = buttons
    return done()


async def get(request: web.Request) -> web.Response:
    """The menu, without an error code."""
    menu = account(request).menu
    if not menu:
        raise Said(46003, "menu no exist")
    return said({"menu": {"button": menu}})


async def delete(request: web.Request) -> web.Response:
    """No menu any more."""
    account(request).menu = []
    return done()


def _check(button: dict[str, Any], longest: int) -> None:
    name = button.get("name", "")
    if not 1 <= len(name.encode()) <= longest:
        raise Said(40018, "invalid button name size")
    below = button.get("sub_button")
    if below is not None:
        if longest != 16 or not 1 <= len(below) <= 5:
            raise Said(40023, "invalid sub button size")
        for one in below:
            _check(one, 60)
        return
    kind = button.get("type")
    if kind in _KEYED and not 1 <= len(button.get("key", "").encode()) <= 128:
        raise Said(40019, "invalid button key size")
    if kind in {"view", "miniprogram"} and not 1 <= len(button.get("url", "").encode()) <= 1024:
        raise Said(40020, "invalid button url size")
    if kind == "miniprogram" and not (button.get("appid") and button.get("pagepath")):
        raise Said(45064, "no permission to use weapp in menu")
    if kind not in _KEYED | {"view", "miniprogram"}:
        raise Said(40016, "invalid button type")
