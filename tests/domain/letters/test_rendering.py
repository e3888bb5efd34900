"""Letters become pages: once, whoever is killed or slow; with what was said, and whoever reads it, on them."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from jinja2 import UndefinedError

from domain.letters import rendering
from domain.letters.copies import copy_for
from domain.letters.rendering import HELD, html
from domain.loop import lettered
from kit import clock, storage
from kit.settings import Settings
from models import Letter, LetterForm, Relation, Role
from models.database import connection
from tests.supervised import over_case


def text_of(content: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)))


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Any:
    return storage.opened(settings.model_copy(update={"var": tmp_path}))


async def test_a_page_is_made_and_read_with_the_readers_name(province: str, store: Any) -> None:
    made = await over_case("issued")
    assert await rendering.rendered(store) == 1
    assert await rendering.rendered(store) == 0
    letter = await Letter.get(matter__number=made.number)
    content = await storage.get(store, letter.stored)
    said = text_of(content)
    own = await made.own()
    for part in (letter.number, "甘肃省司法厅法治督察处", own.unit.name, "许可办理逾期", "一、立即办理", "督办单"):
        assert part in said, part
    assert letter.pages == len(pypdfium2.PdfDocument(content)) == 2
    head = await made.at_place(Relation.LEAD, Role.HEAD)
    stored, name, reader = await lettered.held(head, letter.id)
    assert (stored, name) == (letter.stored, f"{letter.number}.pdf")
    copy = await copy_for(content, reader, clock.now())
    assert text_of(copy).count(head.name) >= 2  # on each page
    assert await storage.get(store, letter.stored) == content


async def test_what_people_wrote_is_text_and_reaches_nothing(province: str) -> None:
    made = await over_case("issued")
    letter = await Letter.get(matter__number=made.number).select_related("form")
    letter.said = {**letter.said, "facts": "<script>x</script><img src=file:///etc/passwd>{{ 7*7 }}"}
    page = html(letter, letter.form)
    assert "<script>" not in page
    assert "<img" not in page
    assert "{{ 7*7 }}" in page


async def test_every_template_is_a_file_and_says_what_it_needs(province: str) -> None:
    made = await over_case("issued")
    letter = await Letter.get(matter__number=made.number)
    for form in await LetterForm.all():
        with pytest.raises(UndefinedError):  # a field that was not said is no empty space
            html(Letter(number="1", title="x", issued_at=clock.now(), said={"names": letter.said["names"]}), form)


async def test_whoever_is_killed_midway_is_followed_and_whoever_comes_back_changes_nothing(
    province: str, store: Any
) -> None:
    made = await over_case("issued")
    letter = await Letter.get(matter__number=made.number)
    now = clock.now()
    [first] = await connection().execute_query_dict(rendering._CLAIMED, [now, now + HELD])  # and is killed
    assert await rendering.rendered(store) == 0  # its lease holds
    with clock.at(now + HELD + timedelta(seconds=1)):
        assert await rendering.rendered(store) == 1
    done = await Letter.get(id=letter.id)
    assert done.stored.endswith(f".{first['fence'] + 1}")
    assert await rendering._rendered(store, letter.id, first["fence"]) is False  # it was not dead after all
    assert (await Letter.get(id=letter.id)).sha256 == done.sha256
    assert await storage.listed(store, "letters/") == [done.stored]


async def test_a_letter_that_fails_waits_and_holds_up_nobody(
    province: str, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await over_case("issued"), await over_case("issued")
    broken = (await Letter.get(matter__number=bad.number)).id
    usual = rendering.html

    def page(letter: Letter, form: LetterForm) -> str:
        if letter.id == broken:
            raise OSError("no space left")
        return usual(letter, form)

    monkeypatch.setattr(rendering, "html", page)
    assert await rendering.rendered(store) == 1
    assert (await Letter.get(matter__number=good.number)).stored
    waiting = await Letter.get(id=broken)
    assert (waiting.stored, waiting.held_until, waiting.attempts) == ("", None, 1)
    assert waiting.next_try_at
    assert waiting.next_try_at > clock.now()
    monkeypatch.setattr(rendering, "html", usual)
    with clock.at(clock.now() + timedelta(hours=2)):
        assert await rendering.rendered(store) == 1
