"""The picture of a report that anybody may ask for: what a flood of asking costs, and that no old one is shown."""

import asyncio
import threading
from typing import Any

import pytest

from domain.codes import sheet
from domain.people.actors import VISITOR
from domain.reports import column, picture
from handlers import admission
from kit.limits import Limit
from tests.api.conftest import Api
from tests.api.test_reports_over_http import CONTENT, called, published


async def test_a_shared_picture_is_drawn_once_beside_the_loop_and_never_an_old_one(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, _ = await called(api)
    await published(api, number)
    titles: list[str] = []
    go_on, draw = threading.Event(), picture.shared

    def drawn(report: dict[str, Any], code: bytes) -> bytes:
        titles.append(report["title"])
        assert go_on.wait(30)
        return draw(report, code)

    monkeypatch.setattr(picture, "shared", drawn)
    path = f"/api/v1/public/reports/{number}/share.png"
    asked = [asyncio.create_task(api.call("GET", path)) for _ in range(8)]
    while not titles:
        await api.get("/api/v1/public/reports")  # the loop serves others while it is drawn
    go_on.set()
    first, *others = [await (await one).read() for one in asked]
    assert (titles, set(others)) == ([CONTENT["title"]], {first})
    monkeypatch.setattr(admission, "DRAWN_SHARES", Limit("drawn_shares", 1, 60))
    for kind, status in (("link", 200), ("mini", 429), ("link", 200)):
        answer = await api.call("GET", f"{path}?kind={kind}")
        assert (answer.status, "Retry-After" in answer.headers) == (status, status == 429)
    monkeypatch.undo()

    # Withdrawn, it is not there; published again under another title, the old picture isn't either.
    await api.step(number, "replace", "official1", reason="更正标题")
    assert (await api.call("GET", path)).status == 404
    await published(api, number, title="更正后的标题")
    second = await (await api.call("GET", path)).read()
    assert second != first
    assert draw({**await column.one(VISITOR, number)}, sheet.drawn(column.link(api.settings, number))) == second
