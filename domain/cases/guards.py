"""What a row of the table can't tell: limits of numbers and time that make a step impossible."""

from domain.cases.calling import NoCallDue
from domain.loop.kinds import Scene
from kit import clock
from kit.errors import Conflict
from models import Case, Mode, Role


class ObjectionSpent(Conflict):
    """The unit has objected once already; the ruling stands."""

    code, message = "objection_spent", "异议已经裁定，不能再次提出"


class ObjectionLate(Conflict):
    """Five working days have passed since the transfer (信访工作条例 art. 23 ¶3)."""

    code, message = "objection_late", "已超过五个工作日的异议期限"


class ExtensionSpent(Conflict):
    """One extension only (信访工作条例 art. 34)."""

    code, message = "extension_spent", "只能延期一次"


class ExtensionPending(Conflict):
    """A request is waiting for the head's decision."""

    code, message = "extension_pending", "已有延期申请待审批"


class ExtensionLate(Conflict):
    """An extension is asked for before the time is over."""

    code, message = "extension_late", "期限已过，不能再申请延期"


class CallAgain(Conflict):
    """Too few tries to say that nobody can be reached."""

    code, message = "call_again", "需在不同日期至少回访三次，或等匿名举报人的评价期满"


class ReopenLimit(Conflict):
    """The case was reopened as often as the rules allow."""

    code, message = "reopen_limit", "重新办理次数已达上限，可以申请复查"


class ReopenPending(Conflict):
    """A request to reopen is waiting for a decision."""

    code, message = "reopen_pending", "重办申请正在审查，请先作出决定"


class AlreadyRated(Conflict):
    """One rating a round."""

    code, message = "already_rated", "本次办理已经评价过"


class NoIdentity(Conflict):
    """The complainant is anonymous: there is nothing in the vault to be seen."""

    code, message = "no_identity", "匿名举报没有留下身份信息，不能申请查阅"


def _case(scene: Scene) -> Case:
    return scene.subject  # type: ignore[no-any-return]  # the scene of a case


def may_object(scene: Scene) -> None:
    """One objection, inside five working days of the transfer."""
    if _case(scene).objections:
        raise ObjectionSpent
    signing = next(duty for duty in scene.duties if duty.name == "sign")
    if clock.now() > scene.pack.due(signing.opened_at, "object", scene.matter.tier):
        raise ObjectionLate


def may_extend(scene: Scene) -> None:
    """Once, before expiry, and one request at a time."""
    if _case(scene).extensions >= scene.pack.limits["extensions"]:
        raise ExtensionSpent
    if scene.has("decide_extension"):
        raise ExtensionPending
    if scene.matter.statutory_due and clock.now() > scene.matter.statutory_due:
        raise ExtensionLate


def may_give_up(scene: Scene) -> None:
    """After tries on three different days; of an anonymous complainant, after the time to rate is over."""
    case = _case(scene)
    if case.attempt_days >= scene.pack.limits["call_attempts"]:
        return
    calling = next((duty for duty in scene.duties if duty.name == "call_back"), None)
    if (
        case.mode is Mode.ANONYMOUS
        and calling is not None
        and clock.now() > scene.pack.due(calling.opened_at, "rate", scene.matter.tier)
    ):
        return
    raise CallAgain


def may_reopen(scene: Scene) -> None:
    """As often as the pack allows."""
    if _case(scene).reopenings >= scene.pack.limits["reopen_most"]:
        raise ReopenLimit


def may_ask_reopen(scene: Scene) -> None:
    """As often as the pack allows, and one request at a time."""
    may_reopen(scene)
    if scene.has("decide_reopen"):
        raise ReopenPending


def may_close(scene: Scene) -> None:
    """Not while a request to reopen, or a dissatisfied answer, is undecided."""
    if scene.has("decide_reopen"):
        raise ReopenPending


def not_yet_rated(scene: Scene) -> None:
    """One rating a round."""
    if _case(scene).outcome not in ("", "unreachable"):
        raise AlreadyRated


def may_request_identity(scene: Scene) -> None:
    """Of the confidential and the named; by a call-back officer while a call-back is due."""
    if _case(scene).mode is Mode.ANONYMOUS:
        raise NoIdentity
    if scene.actor.role is Role.CALL_BACK_OFFICER and not scene.has("call_back"):
        raise NoCallDue
