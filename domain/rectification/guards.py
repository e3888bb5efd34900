"""What a row of the table can't tell: that no one checks their own line, and how often and how long."""

from domain.loop.kinds import Scene
from kit import clock
from kit.errors import Conflict
from models import Rectification, Role


class OwnersLine(Conflict):
    """Whoever holds a post in the unit that puts it right, or below it, neither checks nor strikes off."""

    code, message = "owners_line", "责任单位及其下属任职的人员不能复核和销号"


class Entrusted(Conflict):
    """Another unit was asked to check."""

    code, message = "verification_entrusted", "已指定其他单位复核"


class ExtensionSpent(Conflict):
    """As many extensions as the rule pack allows."""

    code, message = "rectification_extension_spent", "延期次数已经用完"


class ExtensionPending(Conflict):
    """One request at a time."""

    code, message = "rectification_extension_pending", "已有延期申请待审批"


class ExtensionLate(Conflict):
    """An extension is asked for before the time is over."""

    code, message = "rectification_extension_late", "整改期限已过，不能再申请延期"


class LookBackOver(Conflict):
    """A second look reopens within six months."""

    code, message = "rectification_look_back_over", "销号已超过回头看期限，不能重启整改，可以另行列入清单"


def _own(scene: Scene) -> Rectification:
    return scene.subject  # type: ignore[no-any-return]  # the scene of a rectification


def outside(scene: Scene) -> None:
    """By somebody without a post in the owner's unit or below it."""
    if _own(scene).unit_id in scene.actor.shut:
        raise OwnersLine


def may_verify(scene: Scene) -> None:
    """By the unit that was asked to, else by the office that keeps the ledger."""
    outside(scene)
    if scene.actor.role is Role.SUPERVISOR and _own(scene).verifier_id:
        raise Entrusted


def may_extend(scene: Scene) -> None:
    """Before the time is over, and as often as the pack allows."""
    if _own(scene).extensions >= scene.pack.limits["extensions"]:
        raise ExtensionSpent
    if scene.has("decide_extension"):
        raise ExtensionPending
    if scene.matter.statutory_due and clock.now() > scene.matter.statutory_due:
        raise ExtensionLate


def may_relapse(scene: Scene) -> None:
    """Within the time for a second look."""
    outside(scene)
    until = _own(scene).look_back_until
    if until is None or clock.today() > until:
        raise LookBackOver
