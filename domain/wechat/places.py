"""Which region somebody means by what they typed, or by the address that came with a location."""

from collections.abc import Mapping

MOST = 8  # suggestions that a message can list


def found(text: str, regions: Mapping[str, str]) -> list[str]:
    """The codes of the regions that are meant, at most eight: one if there is no doubt; `regions` are names by code."""
    said = "".join(text.split())
    if said in regions:
        return [said]
    if len(said) < 2:
        return []
    named = [code for code, name in regions.items() if name in said or _short(name) in said]
    if not named:
        named = [code for code, name in regions.items() if said in name]
    return _closest(named, said, regions)[:MOST]


def full_name(code: str, regions: Mapping[str, str]) -> str:
    """The name with those of the regions around it, but for the province's."""
    return "".join(regions[code[:size]] for size in range(4, len(code) + 1) if code[:size] in regions) or regions[code]


def _short(name: str) -> str:
    """兰州 for 兰州市: what people say; of two characters at least, so that 县 or 城 means nothing."""
    short = name[:-1] if name[-1:] in "省市区县乡镇" else name
    return short if len(short) >= 2 else name


def _closest(codes: list[str], said: str, regions: Mapping[str, str]) -> list[str]:
    """Those that most of what was said speaks for: its own name whole, and the names around it."""

    def weight(code: str) -> int:
        line = [regions[code[:size]] for size in range(2, len(code) + 1) if code[:size] in regions]
        return sum(2 * len(name) if name in said else len(_short(name)) for name in line if _short(name) in said)

    weights = {code: weight(code) for code in codes}
    best = max(weights.values(), default=0)
    return sorted(code for code in codes if weights[code] == best)
