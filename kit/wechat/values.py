"""Values of templates, made to fit the type that the name of their key says (wechat.md, 8.2)."""

import re
from collections.abc import Mapping

_LENGTHS = {
    "thing": 20, "number": 32, "letter": 32, "symbol": 5, "character_string": 32, "phone_number": 17, "car_number": 8,
    "name": 10, "phrase": 5,
}  # fmt: skip
_EMPTY = "无"
_OUTSIDE = {
    "character_string": re.compile(r"[^\x21-\x7e]"),
    "number": re.compile(r"[^0-9.]"),
    "letter": re.compile(r"[^A-Za-z]"),
    "phrase": re.compile(r"[^\u4e00-\u9fff]"),
    "phone_number": re.compile(r"[^0-9+() -]"),
}


def fitted(data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The `data` of a message: `{"thing1": {"value": …}}`, no value empty, too long or of other characters."""
    return {key: {"value": _fitted(re.sub(r"\d+$", "", key), value)} for key, value in data.items()}


def _fitted(kind: str, value: str) -> str:
    # Beyond the basic plane lie emoji and rare signs, which WeChat often refuses.
    plain = "".join(sign for sign in " ".join(value.split()) if sign.isprintable() and ord(sign) < 0x10000)
    if kind in _OUTSIDE:
        plain = _OUTSIDE[kind].sub("", plain)
    most = _LENGTHS.get(kind, 32)
    if len(plain) > most:
        plain = plain[:most] if kind in _OUTSIDE else plain[: most - 1] + "…"
    return plain.strip() or ("0" if kind in {"number", "character_string"} else _EMPTY)
