"""The one way from a stranger's file to copies that can be shown."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kit.media import document, photo, sniff, video, voice
from kit.media.cleaned import Cleaned, Rectangle
from kit.media.document import office_program
from kit.media.found import Found, Kind
from kit.media.limits import Limits
from kit.media.malware import Checked, Scanner


@dataclass(frozen=True, slots=True)
class Tools:
    """Programs that need not be there; what is missing shows in the facts of each file."""

    soffice: Path | None = field(default_factory=office_program)
    scanner: Scanner | None = None


async def cleaned(
    kind: Kind,
    source: Path,
    into: Path,
    limits: Limits,
    *,
    tools: Tools,
    name: str = "",
    blurs: Sequence[Rectangle] = (),
    progress: Callable[[float], None] | None = None,
) -> Cleaned:
    """Copies of `source` in the empty folder `into`, which is this file's alone: the decoder may write there.

    `name` is what the sender called it; only its end is compared with what the bytes are. `blurs` cover parts of a
    photo or a video for good (of a cleaned copy, as a rule); `progress` hears parts of 1 of a video or a recording. The
    facts always hold `media_type` and `malware` (`kit.media.malware.Checked`).

    Raises the refusals of `kit.media.refusals`, and what is nobody's fault and may be tried again: OSError (a full
    disk), ScannerAway. Then, and when cancelled, `into` is empty again and no process is left.
    """
    try:
        found = await asyncio.to_thread(sniff.known, source, limits, wanted=kind, name=name)
        checked = await tools.scanner.check(source) if tools.scanner else Checked.NOT
        done = await _by_kind(found, source, into, limits, tools, blurs, progress)
    except BaseException:
        _empty(into)
        raise
    return Cleaned(done.copies, {"media_type": found.media_type, "malware": checked} | done.facts)


async def _by_kind(
    found: Found,
    source: Path,
    into: Path,
    limits: Limits,
    tools: Tools,
    blurs: Sequence[Rectangle],
    progress: Callable[[float], None] | None,
) -> Cleaned:
    match found.kind:
        case Kind.PHOTO:
            return await photo.cleaned(source, into, limits, blurs)
        case Kind.VIDEO:
            return await video.cleaned(source, into, found, limits, blurs=blurs, progress=progress)
        case Kind.VOICE:
            return await voice.cleaned(source, into, found, limits, progress=progress)
        case Kind.DOCUMENT:
            return await document.cleaned(source, into, found, limits, tools.soffice)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
