"""Looks are entries: each way of looking adds one line to the chain, and changes nothing of the matter."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from domain.cases import checking, dossiers, transfer_sheet
from domain.cases.calling import phone_looked_at
from domain.cases.looking import text_looked_at
from domain.identity.looking import identity_looked_at
from domain.letters import rendering
from domain.loop import attached, audit, duties, engine, lettered, proof
from domain.loop.kinds import LOOKS
from domain.people.actors import SYSTEM, Actor
from kit import storage
from kit.errors import Refusal
from kit.media.cleaned import Rectangle
from kit.settings import Settings
from models import Duty, Entry, File, Letter, Matter, Mode, Relation, Role
from tests.domain.cases.test_handing_over import downloaded, signed, there, with_file
from tests.domain.identity.asked import CONTACT, requested
from tests.makers import Walk, case_at, officer
from tests.observed import chained
from tests.supervised import over_case

__all__ = ["there"]
# By the system, when WeChat is told: in tests/bot/test_notices.py; of a report: in tests/api/test_reports_over_http.py.
ELSEWHERE = {"take_handle", "open_result"}


async def test_every_look_is_a_link_of_the_chain(province: str, there: Settings, tmp_path: Path) -> None:
    """Whatever somebody looks at: one entry more, the same stage and version, and the chain holds."""
    seen: set[str] = set()
    walk = await case_at("replied", mode=Mode.NAMED, contact=CONTACT)
    registrar, caller = await officer(Role.REGISTRAR), await walk.who("call_back")
    photo = await with_file(walk, there)
    await File.filter(id=photo.id).update(purpose="evidence_photo", deposited=False)

    async def looked(at: str, verb: str, look: Callable[[], Awaitable[object]]) -> None:
        before = await Matter.get(number=at)
        await look()
        after = await Matter.get(number=at)
        entries = await chained(after.id)
        assert [entry.verb for entry in entries[before.entries_made :]] == [verb]
        assert (after.version, after.stage, after.statutory_due) == (before.version, before.stage, before.statutory_due)
        seen.add(verb)

    number = walk.number
    calling = await Duty.get(matter_id=walk.holder.matter_id, name="call_back", closed_at=None)
    ways: dict[str, Callable[[], Awaitable[object]]] = {
        "look_text": lambda: text_looked_at(registrar, number, "核对"),
        "look_phone": lambda: phone_looked_at(there, caller, number),
        "deposit": attached.deposited,
        "look_file": lambda: attached.original_looked_at(registrar, number, photo.id, "核对"),
        "blur_file": lambda: attached.covered(registrar, number, photo.id, [Rectangle(0, 0, 0.5, 0.5)]),
        "check_summary": lambda: checking.checked(there, registrar, number, CONTACT["name"], []),
        "copy_sheet": lambda: transfer_sheet.copied(registrar, number),
        "claim": lambda: duties.claim(caller, calling.id),
        "release": lambda: duties.release(caller, calling.id),
    }
    for verb, look in ways.items():
        await looked(number, verb, look)
    # The second time a look at the same is a look again; meeting the same identity is told once.
    await looked(number, "look_text", lambda: text_looked_at(registrar, number, "核对"))
    entries = len(await chained(walk.holder.matter_id))
    await checking.checked(there, registrar, number, CONTACT["name"], [])
    assert len(await chained(walk.holder.matter_id)) == entries

    # At who somebody is: an entry of the request, and one of the case that its complainant reads.
    request = await requested(walk, registrar, purpose="inform")
    await request.take("approve_identity")
    await looked(number, "look_identity", lambda: identity_looked_at(there, registrar, request.number))
    await chained((await request.matter()).id)

    # Of what the case opened, and of the package.
    supervision = await over_case("issued", walk=await case_at("handling"))
    await rendering.rendered(storage.opened(there))
    letter = await Letter.get(matter__number=supervision.number)
    head = await supervision.at_place(Relation.LEAD, Role.HEAD)
    await looked(supervision.number, "open_letter", lambda: lettered.opened(head, supervision.number, letter.id))
    other = await case_at("screened")
    liaison = await signed(other)
    await dossiers.worked(there, storage.opened(there))
    await looked(other.number, "open_dossier", lambda: downloaded(there, liaison, other.number))

    told = await deferred(there)
    seen.add("tell_look")
    for one in (walk, other, told):
        mine = await proof.chain(one.holder, one.number)
        assert mine["intact"]
        assert len(mine["links"]) == (await one.matter()).entries_made, (
            "looks that one may not read are links all the same"
        )
    assert (await audit.verified(tmp_path / "anchors.jsonl")).faults == []
    assert seen == LOOKS.keys() - ELSEWHERE


async def deferred(there: Settings) -> Walk:
    """A look of which the complainant was told later, as the custodian decided."""
    walk = await case_at("accepted", mode=Mode.NAMED, contact=CONTACT)
    registrar = await officer(Role.REGISTRAR)
    request = await requested(walk, registrar)
    await request.take("approve_identity", defer="hindrance")
    await identity_looked_at(there, registrar, request.number)
    await request.take("close_identity")
    await engine.take(SYSTEM, request.number, "tell_look", {})
    assert [entry.verb for entry in await chained(walk.holder.matter_id)][-1] == "tell_look"
    return walk


async def test_a_refused_look_is_no_entry(province: str, there: Settings) -> None:
    walk = await case_at("handling", mode=Mode.NAMED)
    stranger, handler = await officer(Role.REGISTRAR, "62-rule-of-law"), await walk.who("answer")

    async def tried(actor: Actor) -> None:
        for look in (
            text_looked_at(actor, walk.number, "想看"),
            phone_looked_at(there, actor, walk.number),
            checking.checked(there, actor, walk.number, "摘要", []),
        ):
            with suppress(Refusal):
                await look

    before = await Entry.filter(matter_id=walk.holder.matter_id).count()
    for actor in (stranger, handler, await officer(Role.HEAD, "6201-finance")):
        await tried(actor)
    assert len(await chained(walk.holder.matter_id)) == before
