"""The chat of the official account: what was said goes through the table of `domain.wechat.talk`, and takes effect."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot import texts
from bot.keys import Context
from domain.cases import filing
from domain.cases.filing import Report
from domain.loop import duties, packs, reach
from domain.loop.duties import Tab
from domain.people import actors
from domain.wechat import consents, drafts, fans, pickups
from domain.wechat.drafts import Talk
from domain.wechat.places import full_name
from domain.wechat.talk import TABLE, Act, Heard, Message, State, Step, Understood, lacking, understood
from kit import clock
from kit.errors import Refusal
from kit.wechat.answers import Text
from models import Account, Code, Fan, Mode

_MOST_DUTIES = 5
_EXCERPT = 60


@dataclass
class _Turn:
    """One message while it takes effect."""

    context: Context
    message: Message
    talk: Talk
    regions: Mapping[str, str]
    understood: Understood
    facts: dict[str, Any] = field(default_factory=dict)


async def heard(context: Context) -> Text:
    """The reply to a message or a tap on the menu."""
    settings, message = context.settings, _message(context)
    talk = await drafts.held(settings, context.fan) if context.fan else Talk()
    regions = (await packs.book()).regions
    turn = _Turn(context, message, talk, regions, understood(talk.state, message, talk.draft, regions))
    step = TABLE[talk.state, turn.understood.heard]
    return await _taken(turn, step)


def foreseen(context: Context) -> Text | None:
    """The reply, if no talk is under way and it changes nothing: it is known without asking. Else None."""
    message = _message(context)
    found = understood(State.IDLE, message, {}, {})
    step = TABLE[State.IDLE, found.heard]
    if step != Step(step.say, State.IDLE):
        return None
    return Text(texts.said(step.say, _facts(_Turn(context, message, Talk(), {}, found))))


async def begun(context: Context, scene: str, code: Code) -> Text:
    """The welcome of somebody who scanned one of our codes: the talk begins, unless one is under way."""
    settings = context.settings
    talk = await drafts.held(settings, context.fan) if context.fan else Talk()
    turn = _Turn(
        context, Message("scan"), talk, (await packs.book()).regions, understood(talk.state, Message(""), {}, {})
    )
    if talk.state is not State.IDLE:
        return await _taken(turn, Step("already", talk.state))
    turn.facts["title"] = texts.quoted(code.title, _EXCERPT)
    reply = await _taken(turn, Step("welcome_code", State.MODE, Act.BEGIN))
    talk.draft["scene"] = scene
    if len(code.region_id) >= 6:  # a county or below: nobody need be asked
        talk.draft["region"] = code.region_id
    await _kept(turn)
    return reply


def welcome(context: Context) -> Text:
    """What a new follower reads."""
    return Text(texts.said("welcome", texts.links(context.settings) | {"ask": ""}))


async def _taken(turn: _Turn, step: Step) -> Text:
    """Do what the table says, write down where the talk stands, and put the reply together."""
    before = turn.talk.over
    try:
        await _ACTS.get(step.act, _nothing)(turn)
    except Refusal as refusal:  # it stays where it was, and nothing was written
        said = [str(field["message"]) for field in refusal.details.get("fields", ())] or [refusal.text]
        turn.facts["why"] = "；".join(said).rstrip("。")
        step = Step("refused", turn.talk.state)
    turn.talk.state = lacking(turn.talk.draft) if step.next is None else step.next
    if turn.talk.state is not State.IDLE:
        await _kept(turn)
    elif turn.context.fan and turn.talk.kept:
        await fans.unneeded(turn.context.fan.id)
    facts = _facts(turn)
    return Text((texts.ENDED_BEFORE if before else "") + texts.said(step.say, facts))


async def _kept(turn: _Turn) -> None:
    context = turn.context
    fan = context.fan or await fans.met(context.settings, context.account.app_id, context.push.openid)
    await drafts.keep(context.settings, fan, turn.talk)
    turn.talk.kept = True
    if not context.push.event:  # what opens the window in which we may speak first
        await Fan.filter(id=fan.id).update(spoke_at=context.now)


def _message(context: Context) -> Message:
    push = context.push
    if push.event:
        return Message("click", push.key)
    return Message(
        type=push.type,
        text=push.text("Label") if push.type == "location" else push.text("Content"),
        media_id=push.text("MediaId"),
        latitude=push.text("Location_X"),
        longitude=push.text("Location_Y"),
    )


def _facts(turn: _Turn) -> dict[str, Any]:
    """Everything that a text may be filled with, as it is after the step."""
    settings, draft = turn.context.settings, turn.talk.draft
    links = texts.links(settings)
    facts = {
        "ask": texts.ASKS[turn.talk.state].format_map(links),
        "mode": texts.MODES.get(draft.get("mode", ""), ""),
        "place": full_name(draft["region"], turn.regions) if draft.get("region") in turn.regions else "",
        "letters": sum(map(len, draft.get("texts", ()))),
        "files": draft.get("files", 0),
        "hint": texts.hint(turn.message.text).format_map(links),
    }
    if turn.understood.heard is Heard.NUMBER:
        number = turn.understood.value
        number = number if "-" in number else f"{number[:6]}-{number[6:]}"
        facts["number_link"] = texts.link("点这里", texts.page(settings, "pages/progress/index", number=number))
    return links | facts | turn.facts


async def _nothing(turn: _Turn) -> None:
    """The text is all there is to it."""


async def _begin(turn: _Turn) -> None:
    notice = (await packs.book()).notice(clock.today())
    turn.talk.draft = {"privacy_version": notice.version}


async def _keep_mode(turn: _Turn) -> None:
    turn.talk.draft["mode"] = str(Mode(turn.understood.heard.value))


async def _keep_phone(turn: _Turn) -> None:
    turn.talk.draft["phone"] = turn.understood.value


async def _keep_name(turn: _Turn) -> None:
    turn.talk.draft["name"] = turn.understood.value


async def _no_name(turn: _Turn) -> None:
    turn.talk.draft["name"] = ""


async def _keep_place(turn: _Turn) -> None:
    turn.talk.draft["region"] = turn.understood.value
    turn.talk.draft.pop("offered", None)


async def _offer_places(turn: _Turn) -> None:
    offered = list(turn.understood.places)
    turn.talk.draft["offered"] = offered
    turn.facts["places"] = "\n".join(
        f"{place} {full_name(code, turn.regions)}" for place, code in enumerate(offered, start=1)
    )


async def _keep_text(turn: _Turn) -> None:
    turn.talk.draft.setdefault("texts", []).append(turn.understood.value)


async def _keep_media(turn: _Turn) -> None:
    context = turn.context
    await drafts.brought(context.settings, context.account.app_id, turn.talk, turn.message.type, turn.message.media_id)


def _forget(*names: str) -> Callable[[_Turn], Awaitable[None]]:
    async def forgotten(turn: _Turn) -> None:
        for name in names:
            turn.talk.draft.pop(name, None)

    return forgotten


async def _sum_up(turn: _Turn) -> None:
    draft = turn.talk.draft
    _, lost = await drafts.files_of(turn.talk)
    written = " ".join(draft.get("texts", ()))
    turn.facts |= {
        "phone": f"{draft['phone'][:3]}****{draft['phone'][-2:]}",
        "name": texts.quoted(draft["name"], _EXCERPT) or texts.NO_NAME,
        "excerpt": f"（{texts.quoted(written, _EXCERPT)}）" if written else "",
        "lost": f"（其中 {lost} 个没有取到，请重新发送）" if lost else "",
    }


async def _file_and_tell(turn: _Turn) -> None:
    """File it, and tell whoever filed what becomes of it: that is in the vault, and what they said opens a window."""
    fan = turn.context.fan
    await _file(turn, handle=reach.by_chat(fan.id) if fan else None)
    if fan:
        await consents.wanted_again(fan.id)
        # Only followers can write; those from before our time sent no event that says so.
        await Fan.filter(id=fan.id).update(follows=True, spoke_at=turn.context.now)


async def _file(turn: _Turn, handle: bytes | None = None) -> None:
    """File it; the receipt waits behind a link, and the draft is gone, all in the transaction of the push."""
    context, talk, draft = turn.context, turn.talk, turn.talk.draft
    files, _ = await drafts.files_of(talk)
    report = Report(
        mode=Mode(draft["mode"]),
        text="\n".join(draft.get("texts", ())) or texts.ONLY_FILES,
        region=draft["region"],
        scene=draft.get("scene", ""),
        privacy_version=draft["privacy_version"],
        contact={"name": draft["name"] or texts.NO_NAME, "phone": draft["phone"]},
        files=tuple(files),
    )
    filed = await filing.file(context.settings, report, ticket_id=talk.ticket_id, handle=handle)
    token = await pickups.left(context.settings, filed, talk.ticket_id)
    await _erase(turn)
    url = texts.page(context.settings, "pages/once/index", token=token)
    turn.facts["pickup_link"] = texts.link("领取回执", url)


async def _erase(turn: _Turn) -> None:
    if turn.context.fan:
        await drafts.erased(turn.context.fan.id, turn.talk.ticket_id)
    turn.talk.draft = {}


async def _tell_no_more(turn: _Turn) -> None:
    if turn.context.fan:
        await consents.refused(turn.context.fan.id)


async def _tell_duties(turn: _Turn) -> None:
    settings, fan = turn.context.settings, turn.context.fan
    account = await Account.get_or_none(id=fan.account_id, disabled_at=None) if fan and fan.account_id else None
    if account is None:
        turn.facts["duties"] = texts.NOT_BOUND.format_map(texts.links(settings))
        return
    mine: dict[Any, dict[str, Any]] = {}
    actor = await actors.of_person(account.person_id, account_id=account.id)
    for post in actor.posts:
        holder = await actors.of_person(account.person_id, active=post.post_id, account_id=account.id)
        mine |= {duty["id"]: duty for duty in await duties.page(holder, Tab.MINE, limit=duties.COUNT_MOST)}
    owed = sorted(mine.values(), key=lambda duty: (duty["due_at"], str(duty["id"])))
    late = sum(duty["overdue"] for duty in owed)
    lines = [
        texts.link(
            f"{place} {duty['label']}（{texts.day(duty['due_at'])}前）",
            texts.page(settings, "staff/matter/index", number=duty["matter"]["number"]),
        )
        for place, duty in enumerate(owed[:_MOST_DUTIES], start=1)
    ]
    more = [texts.link("全部待办", texts.page(settings, "staff/queue/index"))]
    turn.facts["duties"] = (
        texts.DUTIES.format(
            count=f"{duties.COUNT_MOST - 1}+" if len(owed) >= duties.COUNT_MOST else len(owed),
            overdue=f"（{late} 项已超期）" if late else "",
            lines="\n".join(lines + more),
        )
        if owed
        else texts.NO_DUTIES
    )


_ACTS: Mapping[Act, Callable[[_Turn], Awaitable[None]]] = {
    Act.NOTHING: _nothing,
    Act.BEGIN: _begin,
    Act.KEEP_MODE: _keep_mode,
    Act.KEEP_PHONE: _keep_phone,
    Act.KEEP_NAME: _keep_name,
    Act.NO_NAME: _no_name,
    Act.KEEP_PLACE: _keep_place,
    Act.OFFER_PLACES: _offer_places,
    Act.KEEP_TEXT: _keep_text,
    Act.KEEP_MEDIA: _keep_media,
    Act.KEEP_LOCATION: _keep_text,
    Act.FORGET_MODE: _forget("mode"),
    Act.FORGET_PHONE: _forget("phone", "name"),
    Act.FORGET_PLACE: _forget("region", "offered"),
    Act.FORGET_TEXT: _forget("texts"),
    Act.SUM_UP: _sum_up,
    Act.TELL_DUTIES: _tell_duties,
    Act.TELL_NO_MORE: _tell_no_more,
    Act.FILE: _file,
    Act.FILE_AND_TELL: _file_and_tell,
    Act.ERASE: _erase,
}
