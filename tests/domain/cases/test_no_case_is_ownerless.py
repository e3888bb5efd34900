"""Whoever is accused, the case finds a receiver and an owner outside their line, with people who may act."""

import pytest

from domain.cases import routing
from domain.loop import manning, packs, reading, sight
from domain.loop.manning import Accused
from domain.people import actors
from models import Case, Category, Duty, Involvement, Matter, Post, Recusal, Relation, Role, Unit
from tests.makers import INTAKE, Walk, case_at, case_filed, officer, unit
from tests.observed import rolled_back

pytestmark = pytest.mark.asyncio(loop_scope="module")
RECEIVING = (Role.REGISTRAR, Role.CALL_BACK_OFFICER)
NOBODY = Accused(frozenset(), frozenset())
SAMPLE = ("620102", "6201", "620171", "620102001")  # 城关区, 兰州市, 兰州新区, a town


async def able(unit_id: object, role: Role, walk: Walk) -> bool:
    """Whether somebody of the role in the unit may know of the case, asked of the people themselves."""
    people = [await actors.of_post(post.id) for post in await Post.filter(unit_id=unit_id, role=role, until=None)]
    assert walk.holder.matter_id is not None
    return not all(await sight.excluded_among(walk.holder.matter_id, people))


async def test_every_unit_accused_leaves_somebody_to_receive_and_to_own(shared_province: str) -> None:
    """All units of the province's own level and those of a city, its counties and a town; two categories."""
    places = await Unit.filter(region_id__in=["62", *SAMPLE])
    assert len([place for place in places if place.region_id == "62"]) > 90
    book, rules = await packs.book(), await routing.rules_in_force()
    everybody = {place.id: frozenset(place.line) for place in await Unit.all()}
    for accused in places:
        who = Accused(frozenset([accused.id]), frozenset(), tags=frozenset(accused.duty_tags))
        receiver = await manning.receiver(who)
        assert accused.id not in everybody[receiver.unit_id], accused.code
        region = accused.region_id if len(accused.region_id) > 2 else "620102"
        for category in ("B10", "B12"):
            found = await routing.decided(book.categories[category], region, who, receiver.unit_id, rules)
            assert accused.id not in everybody[found.unit_id], accused.code
            assert found.liaison_unit_id is not None, accused.code
            assert accused.id not in everybody[found.liaison_unit_id], accused.code
            assert found.reason


@pytest.mark.parametrize(
    ("accused", "receiver"),
    [
        ("620102-market", INTAKE), ("62-justice", "62-rule-of-law"), ("62-gov", "62-rule-of-law"),
        ("62-party", INTAKE), (INTAKE, "62-rule-of-law"), ("SEALED", INTAKE), ("62-discipline", INTAKE),
        ("62-supervision", INTAKE), ("62-npc", INTAKE), ("62-court", INTAKE), ("62-tax", INTAKE),
    ],
)  # fmt: skip
async def test_a_case_against_it_is_received_and_signed_for(shared_province: str, accused: str, receiver: str) -> None:
    walk = await case_filed(accused_unit=(await unit(accused)).id, category="B12")
    assert (await walk.matter()).receiving_unit_id == (await unit(receiver)).id
    for verb in ("accept", "screen", "transfer", "sign"):
        for duty in await Duty.filter(matter_id=walk.holder.matter_id, closed_at=None):
            assert await able(duty.unit_id, Role(duty.role), walk), (duty.name, duty.role)
        await walk.take(verb)
    assert (await walk.matter()).stage == "signed"


async def test_what_is_named_word_for_word_is_excluded_from_the_first_moment(shared_province: str) -> None:
    market = await unit("620102-market")
    walk = await case_filed(accused_text=market.name)
    recusal = await Recusal.get(matter_id=walk.holder.matter_id)
    assert (recusal.unit_id, recusal.accused) == (market.id, True)


@pytest.mark.parametrize(
    ("head", "regions"),
    [
        ("620102-market", {"6201", "62"}),
        ("620102001-gov", {"6201", "62"}),
        ("6201-market", {"62"}),
        ("62-market", {"62"}),
    ],
)
async def test_against_a_head_it_goes_a_level_up(shared_province: str, head: str, regions: set[str]) -> None:
    walk = await case_at("accepted")
    person = await officer(Role.HEAD, head)
    await walk.take("screen", accused_persons=[str(person.person_id)])
    await walk.take("transfer")
    lead = await Unit.get(id=(await walk.case()).lead_unit_id)
    assert lead.region_id in regions
    assert (await unit(head)).id not in lead.line


async def test_the_accuseds_own_duty_is_looked_for_a_region_up(shared_province: str) -> None:
    """反映县区公安局的, 由市公安局办理, when no rule of the category finds anybody."""
    police = await unit("620102-police")
    who = Accused(frozenset([police.id]), frozenset(), tags=frozenset(police.duty_tags))
    category = Category(code="B77", name="别的", owners=["public-security"])
    found = await routing.decided(category, "620102", who, (await unit(INTAKE)).id)
    assert found.unit_id == (await unit("6201-police")).id
    assert found.passed_over == (f"{police.name}：应当回避",)
    none = Category(code="B78", name="无主", owners=[])
    found = await routing.decided(none, "620102", who, (await unit(INTAKE)).id)
    assert found.unit_id == (await unit("6201-police")).id
    assert "第 200 条" in found.reason


@rolled_back
async def test_a_unit_manned_only_by_the_excluded_owns_nothing(shared_province: str) -> None:
    """By name, or because each of its handlers, or its head, has a post in the accused's line as well."""
    book = await packs.book()
    category, intake = book.categories["B10"], (await unit(INTAKE)).id
    usual = (await routing.decided(category, "620102", NOBODY, intake)).unit_id
    for role in (Role.HEAD, Role.HANDLER):
        below = Post.filter(unit__line__contains=[usual], role=role)
        persons = frozenset(post.person_id for post in await below)
        found = await routing.decided(category, "620102", Accused(frozenset(), persons), intake)
        assert found.unit_id != usual
        accused = await unit("6205-police")
        others = [
            await Post.create(person_id=person, unit_id=accused.id, role=Role.EVALUATOR, since="2026-01-01")
            for person in persons
        ]
        found = await routing.decided(category, "620102", Accused(frozenset([accused.id]), frozenset()), intake)
        assert found.unit_id != usual
        for post in others:
            await Post.filter(id=post.id).update(until="2025-12-31")
    assert (await routing.decided(category, "620102", NOBODY, intake)).unit_id == usual


@rolled_back
async def test_the_intake_chain_catches_in_its_order(shared_province: str) -> None:
    """Without a rule: the receiving unit, the intake, then intake-2, intake-3 and intake-last, as each falls away."""
    category = (await packs.book()).categories["B10"]
    intake = await unit(INTAKE)
    for code in (INTAKE, "62-rule-of-law", "62-supervision", "SEALED"):
        found = await routing.decided(category, "620102", NOBODY, intake.id, rules=[])
        assert (found.unit_id, found.rule) == ((await unit(code)).id, "catch-all")
        await Post.filter(unit__code=code, role=Role.HEAD).update(until="2025-12-31")
    with pytest.raises(routing.NoOwner):
        await routing.decided(category, "620102", NOBODY, intake.id, rules=[])


@rolled_back
async def test_a_receiving_unit_whose_people_are_all_excluded_receives_nothing(shared_province: str) -> None:
    """The centre's registrars all hold a post in the accused unit; later its call-back officers are accused too."""
    police, intake = await unit("620102-police"), await unit(INTAKE)
    for post in await Post.filter(unit_id=intake.id, role=Role.REGISTRAR):
        await Post.create(person_id=post.person_id, unit_id=police.id, role=Role.EVALUATOR, since="2026-01-01")
    walk = await case_filed(accused_unit=police.id)
    assert (await walk.matter()).receiving_unit_id == (await unit("62-rule-of-law")).id
    other = await case_filed()
    assert (await other.matter()).receiving_unit_id == intake.id
    calling = await Post.filter(unit_id=intake.id, role=Role.CALL_BACK_OFFICER)
    await other.take("exclude", persons=[str(post.person_id) for post in calling])
    assert (await other.matter()).receiving_unit_id == (await unit("62-rule-of-law")).id


async def test_accusing_the_centres_superior_in_screening_passes_the_case_on(shared_province: str) -> None:
    """Duties move with it, claims of those who must not know are given back, and the next centre goes on."""
    walk = await case_at("accepted")
    registrar = await walk.who("screen")
    await walk.take("screen", by=registrar, accused_units=[str((await unit("62-justice")).id)])
    second = await unit("62-rule-of-law")
    duty = await Duty.get(matter_id=walk.holder.matter_id, closed_at=None)
    assert (duty.name, duty.unit_id, duty.post_id) == ("transfer", second.id, None)
    places = await Involvement.filter(matter_id=walk.holder.matter_id, relation=Relation.INTAKE, until=None)
    assert [place.unit_id for place in places] == [second.id]
    assert not await able((await unit(INTAKE)).id, Role.REGISTRAR, walk)
    await walk.take("transfer")


async def test_what_an_excluded_person_had_claimed_goes_back(shared_province: str) -> None:
    walk = await case_at("filed")
    first, second = await officer(Role.REGISTRAR), await officer(Role.REGISTRAR, number=1)
    await Duty.filter(matter_id=walk.holder.matter_id).update(post_id=first.post_id)
    await walk.take("exclude", by=second, persons=[str(first.person_id)])
    await walk.take("accept", by=second)


async def test_matters_that_a_case_opened_inherit_its_recusals(shared_province: str) -> None:
    walk, child, grandchild = await case_at("filed"), await case_at("filed"), await case_at("filed")
    await Matter.filter(id=child.holder.matter_id).update(opened_by_id=walk.holder.matter_id)
    await Matter.filter(id=grandchild.holder.matter_id).update(opened_by_id=child.holder.matter_id)
    police = await unit("620102-police")
    await walk.take("exclude", units=[str(police.id)])
    for matter in (walk, child, grandchild):
        assert await Recusal.filter(matter_id=matter.holder.matter_id, unit_id=police.id).count() == 1


async def test_a_draft_answer_is_not_shown_to_whoever_withdraws(shared_province: str) -> None:
    walk = await case_at("answered")
    await walk.take("withdraw")
    shown = await reading.shown(walk.holder, walk.number)
    assert shown["case"]["answer"] is None
    assert (await Case.get(matter_id=walk.holder.matter_id)).answer is not None
