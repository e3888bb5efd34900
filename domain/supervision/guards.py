"""What a row of the table can't tell: who may list and unlist, and what an earlier step decides."""

from datetime import timedelta

from domain.loop.kinds import Scene
from kit import clock
from kit.errors import Conflict
from models import Supervision

LOOK_BACK_WITHIN = timedelta(days=183)


class NeedsApproval(Conflict):
    """This rung is approved by a leader before its letter goes out."""

    code, message = "needs_approval", "这一层级须报领导批准后下发"


class NeedsNoApproval(Conflict):
    """This rung's letter goes out by the supervisor's own decision."""

    code, message = "needs_no_approval", "这一层级由督察员直接下发"


class OtherLevel(Conflict):
    """Only the level that supervises lists and unlists."""

    code, message = "other_level", "挂牌和摘牌只能由督办单位同级的督察员办理"


class NotListed(Conflict):
    """Nothing hangs there to be taken down."""

    code, message = "not_listed", "本件没有挂牌，或者已经摘牌"


class StillListed(Conflict):
    """What is listed is unlisted before it is closed."""

    code, message = "still_listed", "请先摘牌再销号"


class LookBackOwed(Conflict):
    """A second look is owed before the end."""

    code, message = "look_back_owed", "请先完成回头看再销号"


class LookBackOver(Conflict):
    """A second look comes within six months."""

    code, message = "look_back_over", "验收已超过六个月，不能再重启督办，可以另行立项"


class InterviewWaiting(Conflict):
    """An interview, or what was undertaken there, is still to come."""

    code, message = "interview_waiting", "约谈或者约谈承诺还没有落实"


def _own(scene: Scene) -> Supervision:
    return scene.subject  # type: ignore[no-any-return]  # the scene of a supervision


def may_issue(scene: Scene) -> None:
    """A rung that needs no leader's approval."""
    if _own(scene).rung.approved:
        raise NeedsApproval


def may_submit(scene: Scene) -> None:
    """A rung that a leader approves, by the supervising level itself."""
    if not _own(scene).rung.approved:
        raise NeedsNoApproval
    same_level(scene)


def same_level(scene: Scene) -> None:
    """By the supervising level itself."""
    own, standing = _own(scene), scene.actor.standing
    if own.rung.listed and standing and standing.region != own.by_unit.region_id:
        raise OtherLevel


def may_unlist(scene: Scene) -> None:
    """By the supervising level itself, what is listed and was accepted."""
    own = _own(scene)
    if own.listed_on is None or own.unlisted_on is not None:
        raise NotListed
    same_level(scene)


def may_close(scene: Scene) -> None:
    """Not while it is listed, or a second look or what was undertaken in an interview is owed."""
    own = _own(scene)
    if own.listed_on and not own.unlisted_on:
        raise StillListed
    if scene.has("look_back"):
        raise LookBackOwed
    if scene.has("interview") or scene.has("fulfil"):
        raise InterviewWaiting


def may_relapse(scene: Scene) -> None:
    """Within six months of the acceptance."""
    accepted = _own(scene).accepted_on
    if accepted is None or clock.today() > accepted + LOOK_BACK_WITHIN:
        raise LookBackOver


def may_call(scene: Scene) -> None:
    """One interview at a time."""
    if scene.has("interview"):
        raise InterviewWaiting
