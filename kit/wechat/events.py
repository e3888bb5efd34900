"""What some events report, in shapes of our own: wechatpy knows them not at all or in an older form."""

from dataclasses import dataclass
from enum import StrEnum

from kit.wechat.push import Push, listed


class Suggestion(StrEnum):
    """What WeChat advises about a content; only a person decides."""

    PASS = "pass"  # noqa: S105  # WeChat's word
    REVIEW = "review"
    RISKY = "risky"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One template in an event about subscriptions: the answer to a prompt, a later change, or the fate of a send.

    `accepted` is None where the event is about a send; then `error` holds its code, "0" for delivered.
    """

    template_id: str
    accepted: bool | None
    message_id: str
    error: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check that was asked for earlier; without a suggestion it failed with `error`."""

    trace_id: str
    suggestion: Suggestion | None
    label: str
    error: str


def subscriptions(push: Push) -> list[Subscription]:
    """The templates that a subscribe_msg_popup_event, _change_event or _sent_event is about."""
    return [
        Subscription(
            template_id=str(item.get("TemplateId") or ""),
            accepted=str(answer).lower() == "accept" if (answer := item.get("SubscribeStatusString")) else None,
            message_id=str(item.get("MsgID") or ""),
            error=str(item.get("ErrorCode") or ""),
        )
        for item in listed(push.fields)
    ]


def template_outcome(push: Push) -> tuple[str, str]:
    """Message id and status of a TEMPLATESENDJOBFINISH: success, failed:user block, failed: system failed."""
    return push.text("MsgID") or push.text("MsgId"), push.text("Status")


def checked(push: Push) -> Checked:
    """The result that a wxa_media_check brings; an unknown suggestion is one for review."""
    result = push.fields.get("result")
    said = result if isinstance(result, dict) else {}
    error = push.text("errcode") or "0"
    return Checked(
        trace_id=push.text("trace_id"),
        suggestion=suggestion(said.get("suggest")) if error == "0" else None,
        label=str(said.get("label") or ""),
        error=error,
    )


def suggestion(word: str | None) -> Suggestion:
    """WeChat's word as ours; whatever we don't know needs a person's look."""
    return next((one for one in Suggestion if one == word), Suggestion.REVIEW)
