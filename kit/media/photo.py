"""Photos, written anew from their pixels: no metadata, no hidden second picture, nothing of the original's bytes."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from kit.media import sandbox
from kit.media.cleaned import Cleaned, Copy, Rectangle, Role
from kit.media.limits import Limits


async def cleaned(source: Path, into: Path, limits: Limits, blurs: Sequence[Rectangle] = ()) -> Cleaned:
    """A JPEG and its thumbnail, turned upright, with what the rectangles cover gone for good; about half a second.

    Of an animated picture the first frame. Raises FileBroken if it cannot be read to its end, FileTooLarge if that
    takes too much.
    """
    terms = {
        "pixels": max(limits.pixels, limits.jpeg_pixels),  # which of the two holds was decided by the header
        "kept_pixels": limits.kept_pixels,
        "blurs": [(one.left, one.top, one.width, one.height) for one in blurs],
    }
    done = await sandbox.run(
        [sys.executable, "-I", sandbox.CHILDREN / "photo.py", json.dumps(terms)],
        folder=into,
        source=source,
        bounds=sandbox.Bounds(file_bytes=64 * sandbox.MIB, memory=min(limits.memory, sandbox.DEFAULT_BOUNDS.memory)),
    )
    facts = json.loads(done.must_have_succeeded())
    return Cleaned(
        (
            Copy(Role.PHOTO, into / "photo.jpg", "image/jpeg"),
            Copy(Role.THUMBNAIL, into / "thumbnail.jpg", "image/jpeg"),
        ),
        facts,
    )
