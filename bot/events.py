"""What happens at our accounts beside messages: each event's effect, by WeChat's name for it in lower case."""

from dataclasses import replace

from bot import chat, checks, texts
from bot.keys import Context, Effect
from bot.telling import templates
from domain.codes import scans, scenes
from domain.loop import deliveries, reach
from domain.wechat import bindings, consents, fans, screens
from kit.wechat import events, login
from kit.wechat.answers import Answer, Text
from models import Account, Code


async def subscribed(context: Context) -> Answer | None:
    """Somebody follows us: they are known from now on, and read how to report."""
    fan = await fans.met(context.settings, context.account.app_id, context.push.openid, follows=True)
    known = replace(context, fan=fan)
    if context.settings.wechat_open_platform:
        context.after.append(lambda: _recognized(context))
    return await scanned(known) if context.push.scene else chat.welcome(known)


async def unsubscribed(context: Context) -> None:
    """They left: what is known of them goes, a draft too, but for what staff bound."""
    if context.fan:
        await fans.left(context.fan.id)


async def scanned(context: Context) -> Answer | None:
    """A code was scanned: one whose scenes somebody registered, else one for reports, else none of ours."""
    scene, settings = context.push.scene, context.settings
    for prefix, effect in SCENES.items():
        if scene.startswith(prefix):
            return await effect(context)
    context.after.append(lambda: scans.counted(settings, [scene]))
    value = scenes.value_of(settings, scene)
    code = await Code.get_or_none(value=value) if value else None
    return chat.welcome(context) if code is None else await chat.begun(context, scene, code)


async def _recognized(context: Context) -> None:
    """Learn the unionid, which pushes don't carry: whoever bound the mini-program is known here from now on."""
    if context.client is None:
        return
    fan = await login.fan(context.client, context.push.openid)
    if unionid := fan.person.unionid:
        kept = await fans.met(context.settings, context.account.app_id, context.push.openid, unionid=unionid)
        await bindings.linked(kept.unionid_hash or "")


async def screen_scanned(context: Context) -> Answer:
    """The code of a screen that waits: whoever is bound is led to where it is confirmed."""
    fan = context.fan
    bound = fan and fan.account_id and await Account.exists(id=fan.account_id, disabled_at=None)
    if not bound:
        return Text(texts.unbound(context.settings))
    try:
        screen = await screens.scanned(context.push.scene)
    except screens.ScreenOver as over:
        return Text(over.text)
    return Text(texts.screen(context.settings, screen.scene, screen.device))


async def to_be_told(context: Context) -> Answer | None:
    """The code of a case was scanned: whoever did so is told here what becomes of it."""
    fan = await fans.met(context.settings, context.account.app_id, context.push.openid, follows=True)
    joined = await reach.scanned(context.settings, context.push.scene, fan.id)
    return Text(texts.said("told_here" if joined else "code_over", texts.links(context.settings)))


async def prompted(context: Context) -> None:
    """Somebody answered the prompt for subscriptions; only of those is a count kept who are known."""
    if context.fan is None:
        return
    ours = {found.id for found in templates(context.settings).values()}
    for one in events.subscriptions(context.push):
        if one.accepted and one.template_id in ours:
            await consents.proved(context.fan.id, one.template_id)


async def switched_off(context: Context) -> None:
    """Somebody changed their mind in WeChat's settings; only a refusal is told."""
    if context.fan is None:
        return
    for one in events.subscriptions(context.push):
        if one.accepted is False:
            await consents.refused(context.fan.id, one.template_id)


async def subscription_sent(context: Context) -> None:
    """What became of subscription messages."""
    for one in events.subscriptions(context.push):
        await deliveries.fate(one.message_id, arrived=one.error == "0", problem=one.error)


async def template_sent(context: Context) -> None:
    """What became of a template message."""
    message_id, status = events.template_outcome(context.push)
    await deliveries.fate(message_id, arrived=status == "success", problem=status)


EVENTS: dict[str, Effect] = {
    "subscribe": subscribed,
    "unsubscribe": unsubscribed,
    "scan": scanned,
    "click": chat.heard,  # a button of the menu is a word that need not be typed
    "wxa_media_check": checks.answered,
    "subscribe_msg_popup_event": prompted,
    "subscribe_msg_change_event": switched_off,
    "subscribe_msg_sent_event": subscription_sent,
    "templatesendjobfinish": template_sent,
}
# Codes of other kinds by the beginning of their scenes, which no scene of ours for reports has.
SCENES: dict[str, Effect] = {screens.PREFIX: screen_scanned, reach.SCENE: to_be_told}


def effect_of(event: str, type_: str, *, talks: bool) -> Effect | None:
    """Who takes a push; None: nobody, and it is not remembered. Only an official account `talks`."""
    if event:
        return EVENTS.get(event)
    return chat.heard if talks and type_ else None
