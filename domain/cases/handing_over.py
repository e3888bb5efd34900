"""移送: a case leaves for the discipline body under two signatures; once it is there nothing readable stays."""

from uuid import UUID

from domain.cases import erasing, going_along
from domain.cases.merging import merged_into
from domain.cases.splitting import identity_of
from domain.letters import issuing
from domain.letters.issuing import Draft
from domain.loop import manning, recusal
from domain.loop.engine import SamePerson
from domain.loop.kinds import Move, Scene
from domain.loop.manning import chain_of
from kit import clock
from kit.errors import Conflict, Invalid
from models import Dossier, DossierState, Matter, Post, Relation, Role
from models.database import connection

WORKING = (
    Relation.LEAD, Relation.LIAISON, Relation.ASSIGNEE, Relation.ASSISTING, Relation.ASSIST_LIAISON, Relation.DECIDING,
)  # fmt: skip


class HandOverWaiting(Conflict):
    """It was proposed already and waits for the second signature."""

    code, message = "hand_over_waiting", "已经提出移送，等待另一人复核"


class NoRecipient(Conflict):
    """No discipline body on the roster may take it: it goes a level up, outside."""

    code, message = "no_recipient", "名册中没有可以接收的纪检监察机关，请填写名册以外的接收机关"


class DossierNotTaken(Conflict):
    """The package must have been downloaded before its receipt is confirmed."""

    code, message = "dossier_not_taken", "请先下载卷宗并核对，再确认接收"


class TakesItself(Conflict):
    """There is a recipient on the roster: it confirms itself."""

    code, message = "takes_itself", "应由接收机关的纪检联络员确认接收"


def may_propose(scene: Scene) -> None:
    """Not while a proposal waits."""
    if scene.has("countersign"):
        raise HandOverWaiting


def another(scene: Scene) -> None:
    """By another person than the one who proposed it."""
    asked = next((duty for duty in scene.duties if duty.name == "countersign"), None)
    if asked and asked.awaited_by_post_id in scene.actor.holds:
        raise SamePerson


def may_take_over(scene: Scene) -> None:
    """By the recipient itself; by the centre only for one that is not on the roster."""
    on_the_roster = any(place.relation is Relation.DISCIPLINE for place in scene.involved)
    if on_the_roster and scene.actor.role is Role.REGISTRAR:
        raise TakesItself


async def propose(move: Move) -> None:
    """The first signature; the recipient is looked for now, so that nobody signs for nothing."""
    told, standing = move.inputs, move.actor.standing
    if standing is None:
        raise SamePerson
    recipient = await _recipient(move)
    if await _sibling_waits(move.matter):
        raise HandOverWaiting
    if recipient is None and not told.outside:
        raise NoRecipient
    await Dossier.filter(matter_id=move.matter.id).delete()  # one that was declined or sent back
    move.fresh.append(
        Dossier(
            matter_id=move.matter.id,
            state=DossierState.PROPOSED,
            reason=told.reason,
            basis=told.basis,
            recipient_id=None if told.outside else recipient,
            outside=(told.outside or "")[:120],
            first_by_id=standing.post_id,
            second_by_id=None,
        )
    )
    await _proposed(identity_of(move.matter), move.actor.person_id)
    # What is said of it is for the second signature and the recipient, not for the timeline of a whole office.
    move.inputs = told.model_copy(update={"reason": "见移送登记表"})


async def _sibling_waits(matter: Matter) -> bool:
    """Another part of the same report is being handed over: the vault keeps one pair of signatures for both."""
    return await Dossier.exists(
        matter__opened_by_id=matter.opened_by_id or matter.id,
        matter__kind=matter.kind,
        state__in=[DossierState.PROPOSED, DossierState.OWED],
    )


async def _proposed(vault_id: UUID, person_id: UUID | None) -> None:
    await connection().execute_query("SELECT vault.propose_hand_over($1, $2)", [vault_id, person_id])


async def _signed(vault_id: UUID, person_id: UUID | None) -> None:
    """Raise SamePerson unless the vault takes this person's signature as the second."""
    rows = await connection().execute_query_dict("SELECT vault.sign_hand_over($1, $2) AS signed", [vault_id, person_id])
    if not rows[0]["signed"]:
        raise SamePerson


async def _recipient(move: Move) -> UUID | None:
    """The discipline body of the region; where a head is accused, of the level above; never one that is accused."""
    accused = await recusal.accused_of(move.matter.id)
    return await manning.nearest(Role.DISCIPLINE_LIAISON, chain_of(move.matter.region_id, accused.above), accused)


async def countersign(move: Move) -> None:
    """The second signature, which the vault wants too: the handling side leaves, the recipient comes in."""
    dossier = await Dossier.get(matter_id=move.matter.id)
    await _signed(identity_of(move.matter), move.actor.person_id)
    first = await Post.get(id=dossier.first_by_id)
    for follower in await merged_into(move.matter.id):  # both signed for the whole, these with it
        await _proposed(follower.id, first.person_id)
        await _signed(follower.id, move.actor.person_id)
    if dossier.recipient_id is not None:
        dossier.recipient_id = await _recipient(move)  # somebody may have been accused since
        if dossier.recipient_id is None:
            raise NoRecipient
    await move.release(*WORKING)
    move.change(lead_unit_id=None)
    if dossier.recipient_id:
        move.involve(Relation.DISCIPLINE, dossier.recipient_id)
    await Dossier.filter(matter_id=move.matter.id).update(
        state=DossierState.OWED, recipient_id=dossier.recipient_id, second_by_id=move.actor.post_id, signed_at=move.at
    )
    draft = Draft(
        form="hand_over",
        title="关于移送问题线索的函",
        said={"case": move.matter.number, "to": dossier.outside},
        from_unit=move.matter.receiving_unit_id,
        to_unit=dossier.recipient_id,
        readers=[Relation.INTAKE, Relation.DISCIPLINE],
    )
    letter = await issuing.issued(move.matter.id, draft, move.actor.post_id)
    move.fresh.append(letter)
    move.said["letter"] = letter.number
    await going_along.all_take(move.matter, "go_along")


async def decline(move: Move) -> None:
    """It stays here."""
    await Dossier.filter(matter_id=move.matter.id).delete()


async def send_back(move: Move) -> None:
    """Not the body's own: it is worked here after all; the package is worth nothing any more."""
    await move.release(Relation.DISCIPLINE)
    await Dossier.filter(matter_id=move.matter.id).update(
        state=DossierState.TAKEN, wrapped_key=None, ticket_hash="", manifest=None
    )
    await going_along.all_take(move.matter, "come_back")


async def take_over(move: Move) -> None:
    """The receipt is confirmed: the case is gone from here, readable for nobody; the chain of its entries holds."""
    told, matter = move.inputs, move.matter
    if told.received_on > clock.today():
        raise Invalid(details={"fields": [{"path": "inputs.received_on", "message": "不能晚于今天"}]})
    dossier = await Dossier.get(matter_id=matter.id)
    if dossier.taken_at is None:
        raise DossierNotTaken
    await Dossier.filter(matter_id=matter.id).update(
        state=DossierState.TAKEN,
        wrapped_key=None,
        ticket_hash="",
        reason="",
        manifest=None,
        receipt_number=told.receipt_number[:60],
        received_on=told.received_on,
    )
    await erasing.sealed(move)
    await going_along.all_take(matter, "seal_along", received_on=told.received_on.isoformat())


async def report_status(move: Move) -> None:
    """As far as the competent body says; those who reported the same hear it too."""
    await going_along.all_take(move.matter, "report_status", **move.inputs.model_dump(mode="json"))
