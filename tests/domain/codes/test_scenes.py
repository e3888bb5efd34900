"""Scenes and scans: ours are told from forged ones, and every scan is one row a code, outcome and day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from domain.codes import scans, scenes
from domain.codes.issuing import Draft, Office, issued, revoked
from kit import clock
from kit.settings import Settings
from models import Code, CodeKind, CodeScan, Role
from models.database import connected
from tests.makers import SETTINGS, officer

OTHERS_KEY = Settings(index_key="another-installation-has-another-key")


async def code() -> Code:
    actor = await officer(Role.SUPERVISOR, "62-justice.inspection")
    assert actor.standing is not None
    return await issued(Office(actor.standing.post_id, "62"), Draft(CodeKind.CAMPAIGN, "营商环境宣传月", "62"))


async def counts() -> dict[tuple[str | None, str], int]:
    """By code and outcome, over all days."""
    rows = await CodeScan.all().select_related("code")
    return {(row.code.value if row.code else None, row.outcome.value): row.count for row in rows}


def test_a_scene_is_short_plain_and_signed() -> None:
    scene = scenes.scene_of(SETTINGS, "7K3M2QXW")
    assert scene.startswith("7K3M2QXW")
    assert len(scene) == 14
    assert scene.isascii()
    assert scenes.value_of(SETTINGS, scene) == "7K3M2QXW"
    assert scenes.link(SETTINGS, "7K3M2QXW") == f"http://127.0.0.1:8080/q/{scene}"
    assert scenes.value_of(OTHERS_KEY, scene) is None


def test_what_a_person_typed_off_a_poster_is_mended() -> None:
    scene = scenes.scene_of(SETTINGS, "10000000")
    assert scenes.value_of(SETTINGS, f" {scene[:4]}-{scene[4:8]} {scene[8:].lower()}") == "10000000"
    assert scenes.value_of(SETTINGS, "IO" + scene[2:]) == "10000000"


@pytest.mark.parametrize("place", range(14))
def test_one_other_character_and_it_proves_nothing(place: int) -> None:
    scene = scenes.scene_of(SETTINGS, "7K3M2QXW")
    for other in "0Z":
        changed = scene[:place] + other + scene[place + 1 :]
        assert (scenes.value_of(SETTINGS, changed) is None) == (changed != scene)
        assert scenes.looks_ours(changed)


@pytest.mark.parametrize(
    "text", ["", "7K3M2QXW", "x" * 5000, "hall-6201", "二维码", "' OR 1=1 --", "7K3M2QXW000000U", "\0"]
)
def test_whatever_is_no_scene_proves_nothing(text: str) -> None:
    assert scenes.value_of(SETTINGS, text) is None
    assert not scenes.looks_ours(text)


async def test_every_outcome_is_one_row_a_day(province: str) -> None:
    used, ended = await code(), await code()
    await revoked(Office(ended.issued_by_id, "62"), ended.value, "遗失")
    ours, old = scenes.scene_of(SETTINGS, used.value), scenes.scene_of(SETTINGS, ended.value)
    forged = ours[:-1] + ("0" if ours[-1] != "0" else "1")
    nowhere = scenes.scene_of(SETTINGS, "00000000")  # signed, but no such code is there
    unknown = (nowhere, "hall-6201", "", "二维码" * 999, "a\0b")
    for one in (ours, old, forged, *unknown):
        await scans.counted(SETTINGS, [one])
    await scans.counted(SETTINGS, 2 * [ours, old, forged, *unknown])  # what came at once
    assert await counts() == {
        (used.value, "valid"): 3, (ended.value, "ended"): 3, (None, "tampered"): 3, (None, "unknown"): 15,
    }  # fmt: skip
    with clock.at(clock.now() - timedelta(days=1)):
        await scans.counted(SETTINGS, [ours])
        await scans.counted(SETTINGS, [forged])
    days = await scans.without_code(30)
    assert await CodeScan.all().count() == 6
    assert [(day["unknown"], day["tampered"]) for day in days] == [(15, 3), (0, 1)]
    assert await scans.without_code(1) == [{"day": clock.today(), "unknown": 15, "tampered": 3}]


@pytest.fixture
async def several(province_url: str) -> AsyncIterator[BaseDBAsyncClient]:
    """Enough connections for scans that really overlap."""
    async with connected(province_url, pool=12) as connection:
        yield connection


async def test_the_first_scans_of_a_day_at_once_make_one_row(several: BaseDBAsyncClient) -> None:
    scene = scenes.scene_of(SETTINGS, (await code()).value)
    await asyncio.gather(*(scans.counted(SETTINGS, [text]) for _ in range(60) for text in (scene, "unknown")))
    assert sorted((await counts()).values()) == [60, 60]
    assert await CodeScan.all().count() == 2


def test_who_scanned_is_not_kept() -> None:
    assert set(CodeScan._meta.db_fields) == {"id", "code_id", "outcome", "day", "count"}


async def test_a_scan_leaves_the_session_as_it_was(province_url: str) -> None:
    """Only the scan itself does not wait for the disk; what the connection does next is as safe as before."""
    async with connected(province_url, pool=1) as connection:
        await connection.execute_query("SET synchronous_commit = on")
        await scans.counted(SETTINGS, ["unknown"])
        assert (await connection.execute_query_dict("SHOW synchronous_commit")) == [{"synchronous_commit": "on"}]
