"""域名校验: the files by which WeChat's console sees that a domain is ours, from a folder that the operator fills."""

import re
from pathlib import Path
from typing import Annotated

from aiohttp import web
from pydantic import StringConstraints

from handlers.keys import SETTINGS
from handlers.spec import Access, Call, Routes
from kit.errors import NotFound

routes = Routes("域名校验", described=False)

# MP_verify_… for an official account's pages, ten letters and digits for a mini-program's domains and links.
_NAME = re.compile(r"(?:MP_verify_)?[0-9A-Za-z]{10,32}", re.ASCII)
_CONTENT = re.compile(rb"[0-9A-Za-z]{1,128}\s?")


@routes.get("/{name}.txt", access=Access.PUBLIC, summary="微信域名校验文件", produces="text/plain")
async def verification(call: Call, name: Annotated[str, StringConstraints(max_length=60)]) -> web.Response:
    """Nothing but such files: others in the folder are not there."""
    path = call.request.app[SETTINGS].wechat_folder / f"{name}.txt"
    content = _read(path) if _NAME.fullmatch(name) else b""
    if not _CONTENT.fullmatch(content):
        raise NotFound
    return web.Response(body=content, content_type="text/plain")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(200)
    except OSError:
        return b""
