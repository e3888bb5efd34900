"""What happens at our accounts beside messages: each event's effect, by WeChat's name for it in lower case."""

from dataclasses import replace

from bot import chat, checks, texts
from bot.keys import Context, Effect
from domain.codes import scans, scenes
from domain.wechat import bindings, fans, screens
from kit.wechat import login
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
    context.after.append(lambda: scans.counted(settings, scene))
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


async def clicked(context: Context) -> Answer | None:
    """A button of the menu is a word that need not be typed."""
    return await chat.heard(context)


EVENTS: dict[str, Effect] = {
    "subscribe": subscribed,
    "unsubscribe": unsubscribed,
    "scan": scanned,
    "click": clicked,
    "wxa_media_check": checks.answered,
}
# Codes of other kinds by the beginning of their scenes, which no scene of ours for reports has.
SCENES: dict[str, Effect] = {screens.PREFIX: screen_scanned}


def effect_of(event: str, type_: str, *, talks: bool) -> Effect | None:
    """Who takes a push; None: nobody, and it is not remembered. Only an official account `talks`."""
    if event:
        return EVENTS.get(event)
    return chat.heard if talks and type_ else None
