"""WeChat's opinion of what is to be published. It never decides: whatever is not passed goes to a person.

Only for users who opened the mini-program within two hours; else 61010, and a person looks.
"""

from dataclasses import dataclass
from enum import IntEnum

from kit.wechat.client import Client, value
from kit.wechat.events import Suggestion, suggestion

_LONGEST, _OVERLAP = 2500, 50
_WORST_FIRST = (Suggestion.RISKY, Suggestion.REVIEW, Suggestion.PASS)


class Scene(IntEnum):
    """Where the content is to appear."""

    PROFILE = 1
    COMMENT = 2
    FORUM = 3
    JOURNAL = 4


class MediaType(IntEnum):
    """Which kind of file; a wrong one passes unseen. Films are checked by their frames and their sound."""

    AUDIO = 1
    IMAGE = 2


@dataclass(frozen=True, slots=True)
class Opinion:
    """What WeChat thinks of a text: its suggestion, its label (100 is harmless) and the trace to ask it about."""

    suggestion: Suggestion
    label: str
    trace_id: str


async def text_checked(client: Client, openid: str, text: str, scene: Scene) -> Opinion:
    """The worst opinion of all parts of a text; raises Refused or Away."""
    opinions = [await _part_checked(client, openid, part, scene) for part in _parts(text)]
    return min(opinions, key=lambda opinion: _WORST_FIRST.index(opinion.suggestion))


async def media_checked(client: Client, openid: str, url: str, type_: MediaType, scene: Scene) -> str:
    """Ask for an opinion of a file at a public https address that lives for an hour; gives the trace id.

    The answer is a wxa_media_check event: within 30 minutes, before this returns, or never.
    """
    body = {"media_url": url, "media_type": type_, "version": 2, "scene": scene, "openid": openid}
    return value(await client.post("/wxa/media_check_async", body), "trace_id")


async def _part_checked(client: Client, openid: str, text: str, scene: Scene) -> Opinion:
    body = {"content": text, "version": 2, "scene": scene, "openid": openid}
    said = await client.post("/wxa/msg_sec_check", body)
    result = said.get("result")
    found = result if isinstance(result, dict) else {}
    return Opinion(suggestion(found.get("suggest")), str(found.get("label", "")), str(said.get("trace_id", "")))


def _parts(text: str) -> list[str]:
    step = _LONGEST - _OVERLAP
    return [text[at : at + _LONGEST] for at in range(0, max(len(text) - _OVERLAP, 1), step)]
