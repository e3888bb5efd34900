"""Reads a PDF from standard input, paints its pages, and binds the pictures into a PDF that holds nothing else.

Exit code 2: cannot be read. 3: too much for the memory that there is. 4: has a password. 5: too many pages.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pypdfium2
from pypdfium2 import raw

DOTS_PER_POINT = 150 / 72
LONGEST_SIDE = 2400


def main(terms: dict[str, Any]) -> dict[str, int]:
    """Write page-001.jpg … and document.pdf into the working folder; tells how many pages there are."""
    # The whole file at once: its size is limited, and pdfium asks for it in small pieces.
    document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    pages = len(document)
    if pages > terms["pages"]:
        sys.exit(5)
    if not pages:
        sys.exit(2)
    bound = pypdfium2.PdfDocument.new()
    for number in range(pages):
        page = document[number]
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            sys.exit(2)
        scale = min(DOTS_PER_POINT, LONGEST_SIDE / max(width, height))
        picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
        page.close()
        path = Path(f"page-{number + 1:03}.jpg")
        picture.save(path, quality=80, optimize=True)
        add(bound, path, width, height)
    bound.save("document.pdf")
    return {"pages": pages}


def add(bound: pypdfium2.PdfDocument, picture: Path, width: float, height: float) -> None:
    """A page of that size (in points) that is the picture."""
    page = bound.new_page(width, height)
    image = pypdfium2.PdfImage.new(bound)
    image.load_jpeg(picture, inline=True)
    image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
    page.insert_obj(image)
    page.gen_content()
    page.close()


if __name__ == "__main__":
    try:
        sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
    except MemoryError:
        sys.exit(3)
    except pypdfium2.PdfiumError as error:
        sys.stderr.write(str(error))
        sys.exit(4 if getattr(error, "err_code", 0) == raw.FPDF_ERR_PASSWORD else 2)
