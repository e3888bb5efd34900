"""Sends what lies in storage: from its folder with ranges, or by a link to wherever the store is."""

from aiohttp import web

from handlers.keys import STORE
from kit import storage
from kit.errors import NotFound

ELSEWHERE = 60  # seconds that the store's own address serves, once a link has led there


async def sent(request: web.Request, stored: str, headers: dict[str, str]) -> web.StreamResponse:
    """A stored file; raises NotFound."""
    store = request.app[STORE]()
    if (elsewhere := await storage.link(store, stored, ELSEWHERE)) is not None:
        return web.Response(status=302, headers={"Location": elsewhere})
    folder = storage.folder_of(store)
    path = None if folder is None else folder / stored
    if path is None or not path.is_file():
        raise NotFound
    return web.FileResponse(path, headers=headers)
