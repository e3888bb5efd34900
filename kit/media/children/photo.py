"""Reads a picture from standard input, writes it anew without anything but its pixels; numbers come as JSON.

Exit code 2: cannot be read to its end. 3: too large for the memory that there is.
"""

import json
import sys
from io import BytesIO
from math import ceil, floor, sqrt
from typing import Any, cast

import pi_heif
from PIL import Image, ImageCms, ImageOps, ImageStat

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "HEIF")
THUMBNAIL = (400, 400)


def main(terms: dict[str, Any]) -> dict[str, int]:
    """Write photo.jpg and thumbnail.jpg into the working folder; tells the size of the photo."""
    Image.MAX_IMAGE_PIXELS = terms["pixels"]
    pi_heif.register_heif_opener(thumbnails=False)
    with Image.open(cast("BytesIO", sys.stdin.buffer), formats=FORMATS) as opened:
        photo = upright(opened, terms["kept_pixels"])
    for rectangle in terms["blurs"]:
        hide(photo, rectangle)
    photo.save("photo.jpg", quality=85, optimize=True, progressive=True)
    width, height = photo.size
    photo.thumbnail(THUMBNAIL)
    photo.save("thumbnail.jpg", quality=80)
    return {"width": width, "height": height}


def upright(opened: Image.Image, kept_pixels: int) -> Image.Image:
    """The first frame, turned as the camera was held, in sRGB on white, of at most `kept_pixels`; nothing else."""
    shrink = min(1.0, sqrt(kept_pixels / (opened.width * opened.height)))
    size = max(1, round(opened.width * shrink)), max(1, round(opened.height * shrink))
    profile = opened.info.get("icc_profile")
    opened.draft("RGB", size)  # a JPEG is decoded at half or a quarter of its size where that is enough
    orientation = opened.getexif().get(0x0112, 1)
    photo: Image.Image = opened
    if photo.mode in {"P", "1", "PA"} or "transparency" in photo.info:
        photo = photo.convert("RGBA")
    elif photo.mode.startswith("I"):  # 16 bits of grey
        photo = photo.point(lambda value: value * (1 / 256)).convert("L")
    if photo.size != size:
        photo = photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    else:
        photo.load()
    if photo.mode in {"RGBA", "LA", "La", "RGBa"}:
        layer = photo.convert("RGBA")
        photo = Image.new("RGB", photo.size, "white")
        photo.paste(layer, mask=layer.getchannel("A"))
    photo = in_srgb(photo, profile)
    photo.info = {}
    turned = Image.Exif()
    turned[0x0112] = orientation
    photo.info["exif"] = turned.tobytes()
    photo = ImageOps.exif_transpose(photo)
    photo.info = {}  # a comment would be written again
    return photo


def in_srgb(photo: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as a screen shows them, since the camera's profile is not kept."""
    if profile and photo.mode in {"RGB", "CMYK", "L"}:
        try:
            return cast(
                "Image.Image",
                ImageCms.profileToProfile(photo, BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"),
            )
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile does not make a broken picture
    return photo.convert("RGB")


def hide(photo: Image.Image, rectangle: list[float]) -> None:
    """One colour, the mean, over the rectangle (left, top, width, height as parts of 1), of sixteen shades a channel.

    A mosaic of many cells, or a blur, can be undone for print on a number plate by trying; one mean cannot.
    """
    left, top, width, height = rectangle
    box = (
        max(0, floor(left * photo.width)),
        max(0, floor(top * photo.height)),
        min(photo.width, ceil((left + width) * photo.width)),
        min(photo.height, ceil((top + height) * photo.height)),
    )
    mean = ImageStat.Stat(photo.crop(box)).mean
    photo.paste(tuple(int(value) // 16 * 16 + 8 for value in mean), box)


if __name__ == "__main__":
    try:
        sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
    except (MemoryError, Image.DecompressionBombError):
        sys.exit(3)
    except OSError as error:  # Pillow's own word for a file that ends too soon, and the disk's for being full
        sys.stderr.write(str(error))
        sys.exit(2)
    except (SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, ZeroDivisionError) as error:
        sys.stderr.write(repr(error))  # what its readers raise for nonsense
        sys.exit(2)
