"""Content checks as WeChat is asked for them, and its answers as they are pushed."""

import tempfile
from pathlib import Path
from typing import Protocol

from obstore.store import ObjectStore

from domain.wechat import checks
from domain.wechat.checks import GOOD_FOR, Opinion, Unasked
from kit import storage
from kit.media import frames
from kit.media.limits import Limits
from kit.wechat import events, safety
from kit.wechat.client import Client
from kit.wechat.errors import Away, Refused
from kit.wechat.events import Suggestion
from kit.wechat.push import Push
from kit.wechat.safety import MediaType, Scene

AWAY = 30  # seconds until WeChat is asked again that gave no answer


class About(Protocol):
    """As much of the door's context as an answer needs."""

    @property
    def push(self) -> Push:
        """What was pushed."""


class Mini:
    """Asks as the mini-program: texts and files of an official account's followers can't be checked (wechat.md, 9)."""

    def __init__(self, client: Client, store: ObjectStore) -> None:
        self._client, self._store = client, store

    async def text(self, openid: str, text: str) -> Opinion:
        """The worst opinion of its pieces; raises Unasked."""
        try:
            found = await safety.text_checked(self._client, openid, text, Scene.FORUM)
        except (Refused, Away) as error:
            raise _unasked(error) from error
        return Opinion(found.suggestion is Suggestion.PASS, found.label)

    async def file(self, openid: str, sort: str, stored: str, address: str) -> str:
        """Give WeChat the store's own address where it has one, else ours; raises Unasked."""
        kind = MediaType.IMAGE if sort == "picture" else MediaType.AUDIO
        url = await storage.link(self._store, stored, int(GOOD_FOR.total_seconds())) or address
        try:
            return await safety.media_checked(self._client, openid, url, kind, Scene.FORUM)
        except (Refused, Away) as error:
            raise _unasked(error) from error

    async def pieces(self, stored: str, below: str) -> list[tuple[str, str]]:
        """Frames and sound of a film, kept in storage."""
        with tempfile.TemporaryDirectory() as name:
            into = Path(name) / "pieces"
            into.mkdir()
            film = Path(name) / "film.mp4"
            film.write_bytes(await storage.get(self._store, stored))  # once, in the worker
            pictures, sounds = await frames.taken_apart(film, into, Limits())
            found = [("picture", path) for path in pictures] + [("sound", path) for path in sounds]
            for _, path in found:
                await storage.put(self._store, f"{below}/{path.name}", path.read_bytes())
        return [(sort, f"{below}/{path.name}") for sort, path in found]

    async def dropped(self, pieces: list[tuple[str, str]]) -> None:
        """What was cut for nobody."""
        await storage.removed(self._store, [name for _, name in pieces])


async def answered(context: About) -> None:
    """wxa_media_check: only a clear pass is one; a check that failed is for a person."""
    found = events.checked(context.push)
    if found.trace_id:
        passed = found.suggestion is Suggestion.PASS
        label = found.label if found.suggestion else f"error {found.error}"
        await checks.answered(found.trace_id, passed=passed, label=label)


def _unasked(error: Refused | Away) -> Unasked:
    if isinstance(error, Refused):
        return Unasked(str(error.code), error.retry_after)
    return Unasked("away", AWAY)
