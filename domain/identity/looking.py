"""查看身份: for whoever asked, while another person's approval holds; an entry on the request and one on the case."""

from typing import Any

import structlog
from tortoise.transactions import in_transaction

from domain.identity.deciding import OFFICE, facts, the_requester, told
from domain.identity.inputs import PURPOSES
from domain.identity.requesting import KIND
from domain.identity.table import READERS, Stage
from domain.loop.engine import met
from domain.loop.reading import recorded, recorded_look
from domain.people.actors import Actor
from domain.vault.sealing import identity_opened
from kit.errors import Conflict, NotAllowed
from kit.settings import Settings
from models import IdentityPart, Matter

_log = structlog.get_logger()
FIELDS = {
    IdentityPart.NAME: ("name",),
    IdentityPart.CONTACT: ("phone", "other"),
    IdentityPart.BOTH: ("name", "phone", "other"),
}


class IdentityShut(Conflict):
    """Not approved, or the time is over."""

    code, message = "identity_shut", "尚未批准，或者查看时间已过；仍需查看请重新申请"


async def identity_looked_at(settings: Settings, actor: Actor, number: str) -> dict[str, Any]:
    """What was asked for of the identity; both entries have committed before it is given out.

    Raises NotFound, NotAllowed for what is no request, NotTheRequester, or IdentityShut; nothing is recorded then.
    """
    async with in_transaction():
        scene = await met(actor, number, lock=True)
        if scene.kind.name != KIND:
            raise NotAllowed("这个事项不是身份查阅申请")
        the_requester(scene)
        request = scene.subject
        if scene.matter.stage != Stage.OPEN or request.open_until is None or scene.now >= request.open_until:
            raise IdentityShut
        case = await Matter.get(id=scene.matter.opened_by_id)
        if case.sealed_at:  # handed over whole: it is no longer ours to look at
            raise IdentityShut
        identity = await identity_opened(settings, scene.matter.id, case.id, request.asked_by_id)
        if identity is None:
            _log.error("vault_keeps_shut", number=number)  # the vault's own account says otherwise than ours
            raise IdentityShut
        request.looks += 1
        await request.save(update_fields=["looks"])
        await recorded_look(scene, "look_identity", PURPOSES[request.purpose], READERS)
        said = await facts(request, scene.matter, scene.now)
        if request.deferred:
            await recorded(case, actor, "look_identity", OFFICE, {"inputs": said}, scene.now)
        else:
            await told(case, scene, "look_identity", said)
    return {name: identity.get(name) for name in FIELDS[request.part]} | {"open_until": request.open_until}
