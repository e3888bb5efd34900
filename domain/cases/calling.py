"""回访电话: the number alone, for whoever owes the call-back now; the complainant reads of each look."""

from tortoise.transactions import in_transaction

from domain.cases.splitting import identity_of
from domain.loop import sight
from domain.loop.engine import NotYours, met
from domain.loop.reading import recorded_look
from domain.people.actors import Actor
from domain.vault.sealing import phone_opened
from kit.errors import Conflict, NotAllowed
from kit.settings import Settings
from models import Relation, Role

REASON = "用于回访办理结果，只显示号码，不显示姓名"
READERS = (Relation.COMPLAINANT, Relation.INTAKE, Relation.OVERSIGHT)


class NoCallDue(Conflict):
    """Nobody owes a call-back on this case now, so nobody needs the number."""

    code, message = "no_call_due", "本件现在没有待办的回访，不能查看电话"


class NoPhone(Conflict):
    """The complainant is anonymous, or left no number."""

    code, message = "no_phone", "举报人没有留下电话，请等举报人凭回执评价"


async def phone_looked_at(settings: Settings, actor: Actor, number: str) -> str:
    """The complainant's phone number; the look is an entry that has committed before the number is given out.

    Raises NotFound, NotAllowed for anybody but a call-back officer of the receiving unit, NotYours when a colleague
    has claimed the call, NoCallDue or NoPhone. Nothing is recorded when nothing was seen.
    """
    async with in_transaction():
        scene = await met(actor, number, lock=True)
        relations = sight.relations_of(actor, scene.matter, scene.involved)
        if actor.role is not Role.CALL_BACK_OFFICER or Relation.INTAKE not in relations:
            raise NotAllowed("只有负责回访的回访员可以查看电话")
        calls = [duty for duty in scene.duties if duty.name == "call_back"]
        if not calls:
            raise NoCallDue
        if not any(duty.post_id is None or duty.post_id in actor.holds for duty in calls):
            raise NotYours
        phone = await phone_opened(settings, identity_of(scene.matter))
        if phone is None:
            raise NoPhone
        await recorded_look(scene, "look_phone", REASON, READERS)
    return phone
