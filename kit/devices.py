"""What a browser says it is, in the words of whoever owns it."""

import re

_SYSTEMS = (
    ("HarmonyOS", r"HarmonyOS|OpenHarmony"),
    ("Android", r"Android"),
    ("iOS", r"iPhone|iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X"),
    ("Linux", r"Linux"),
)
_BROWSERS = (
    ("微信", r"MicroMessenger"),
    ("Edge", r"Edg/"),
    ("Firefox", r"Firefox/"),
    ("Chrome", r"Chrome/"),
    ("Safari", r"Safari/"),
)


def named(agent: str | None) -> str:
    """System and browser of a User-Agent, which may lie; what is not known is left out."""
    found = (
        next((name for name, form in table if re.search(form, agent or "")), "") for table in (_SYSTEMS, _BROWSERS)
    )
    return " · ".join(name for name in found if name) or "未知设备"
