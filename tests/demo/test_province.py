"""The demo province: complete, of the right size, the same each time, and quick to load."""

from collections import Counter

import pyotp
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from demo import persons, province
from domain.people import actors, units
from domain.people.roster_check import ROLE_NAMES
from kit.settings import Profile, Settings
from models import Account, Level, Person, Post, Role, Unit

ROWS = province.rows()
UNITS = {row.unit: row for row in ROWS if row.kind == "单位"}
POSTS = [row for row in ROWS if row.kind == "任职"]


def test_it_is_the_same_each_time_and_names_nothing_twice() -> None:
    """Codes, names of units and posts."""
    assert province.rows() == ROWS
    assert len(UNITS) == sum(row.kind == "单位" for row in ROWS)
    assert len({row.unit_name for row in UNITS.values()}) == len(UNITS)
    assert len({row.person for row in POSTS}) == len(POSTS)


def test_186_liaison_officers() -> None:
    """14 cities, 88 counties, 84 provincial units, nobody below."""
    levels = Counter(len(UNITS[row.unit].region) for row in POSTS if row.role == ROLE_NAMES[Role.LIAISON])
    assert levels == {2: 84, 4: 14, 6: 88}


def test_whoever_may_lead_has_a_head_and_handlers() -> None:
    """Two handlers wherever a reopened case goes to a different officer; in towns one."""
    staff = Counter((row.unit, row.role) for row in POSTS)
    for code, unit in UNITS.items():
        if unit.tags:
            assert staff[code, ROLE_NAMES[Role.HEAD]] == 1, code
            assert staff[code, ROLE_NAMES[Role.HANDLER]] == (1 if len(unit.region) > 6 else 2), code


def test_every_level_has_departments() -> None:
    """Units below units that are below nothing else but their own government."""
    for length in (2, 4, 6):
        assert any("." in code and len(unit.region) == length and unit.parent for code, unit in UNITS.items())


def test_every_role_is_held_and_the_administrators_are_three() -> None:
    """And each role but the handler of a small unit has somebody who signs in."""
    assert {row.role for row in POSTS} == set(ROLE_NAMES.values())
    assert {person.role for person in persons.LISTED} == set(Role)
    admins = [person for person in persons.LISTED if person.role.value.endswith("_admin")]
    assert len({person.code for person in admins}) == len({person.unit for person in admins}) == 3
    assert len({person.username for person in persons.LISTED}) == len(persons.LISTED)


async def test_it_loads_once(database: BaseDBAsyncClient) -> None:
    """All levels by the ordinary import; a second time nothing changes; the demo persons can act."""
    report = await province.made()
    assert report.problems == []
    assert report.applied
    assert (report.units_added, report.posts_added) == (len(UNITS), len(POSTS))
    again = await province.made()
    assert (again.units_added, again.units_changed, again.posts_added, again.posts_changed) == (0, 0, 0, 0)
    assert await Unit.filter(region__level=Level.TOWN).count() == 1403
    assert await Person.all().count() == len(POSTS)

    for person in persons.LISTED:
        post = await Post.get(person__code=person.code).prefetch_related("unit")
        actor = await actors.of_person(post.person_id)
        assert (actor.name, actor.role) == (person.name, person.role)
        assert post.unit.code == person.unit

    await every_unit_leaves_a_receiver()

    settings = Settings()
    assert await persons.accounts_made(settings) == len(persons.LISTED)
    assert await persons.accounts_made(settings) == 0
    assert await Account.all().count() == len(persons.LISTED) == len(await persons.listed())
    assert pyotp.TOTP(persons.LISTED[0].totp_secret).now().isdigit()


async def every_unit_leaves_a_receiver() -> None:
    """Whichever unit is accused, one that takes in cases is neither it nor below it."""
    receivers = [await Unit.get(code=code) for code in ("62-intake", "62-rule-of-law", "62-supervision", "SEALED")]
    staff = {row.unit for row in POSTS if row.role == ROLE_NAMES[Role.REGISTRAR]}
    calling = {row.unit for row in POSTS if row.role == ROLE_NAMES[Role.CALL_BACK_OFFICER]}
    assert {receiver.code for receiver in receivers} == staff == calling
    for accused in await Unit.all():
        assert any(not units.within(receiver, accused.id) for receiver in receivers)
    justice, government = await Unit.get(code="62-justice"), await Unit.get(code="62-gov")
    assert [units.within(receiver, justice.id) for receiver in receivers] == [True, False, False, False]
    assert [units.within(receiver, government.id) for receiver in receivers] == [True, False, True, False]


async def test_accounts_with_a_printed_password_are_for_the_demo_only() -> None:
    """Another profile gets none."""
    with pytest.raises(persons.OnlyDemo):
        await persons.accounts_made(Settings(profile=Profile.DEVELOPMENT))
