"""Bad and tricky files, built when they are needed; nothing here is downloaded or kept in the repository."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from kit.media.found import Kind
from tests.kit.media.clips import PLANTED, Clips, docx, encoded, exif, jpg, picture, zipped

HARMLESS = "harmless"
"""Taken, and what comes out holds nothing bad."""


@dataclass(frozen=True)
class Ground:
    """What the builders build from."""

    clips: Clips
    url: str
    """Of the honeypot."""
    folder: Path
    """For those that need a tool."""


@dataclass(frozen=True)
class Bad:
    """A bad file: what it pretends to be, how it is made, what it is called, and how it may end."""

    kind: Kind
    make: Callable[[Ground], bytes]
    name: str
    ends: frozenset[str]


BAD: dict[str, Bad] = {}


def bad(kind: Kind, *ends: str, name: str = "") -> Callable[[Callable[[Ground], bytes]], Callable[[Ground], bytes]]:
    def register(make: Callable[[Ground], bytes]) -> Callable[[Ground], bytes]:
        title = make.__name__.strip("_").replace("_", " ")
        assert title not in BAD
        BAD[title] = Bad(kind, make, name, frozenset(ends))
        return make

    return register


def const(kind: Kind, title: str, content: bytes, *ends: str, name: str = "") -> None:
    BAD[title] = Bad(kind, lambda _: content, name, frozenset(ends))


PHOTO, VIDEO, VOICE, DOCUMENT = Kind.PHOTO, Kind.VIDEO, Kind.VOICE, Kind.DOCUMENT
EMPTY, TYPE, BROKEN, LARGE, LONG = "file_empty", "file_type", "file_broken", "file_too_large", "file_too_long"


# --- empty and short ---------------------------------------------------------------------------------------------

const(PHOTO, "no byte", b"", EMPTY)
const(VIDEO, "one byte", b"\0", EMPTY)
const(PHOTO, "png signature only", b"\x89PNG\r\n\x1a\n", EMPTY)
const(PHOTO, "jpeg signature only", b"\xff\xd8\xff\xe0", EMPTY)
const(DOCUMENT, "pdf version only", b"%PDF-1.7\n", EMPTY)
const(DOCUMENT, "zip signature only", b"PK\3\4" + bytes(60), BROKEN)
const(VIDEO, "mp4 brand only", struct.pack(">I4s4sI", 40, b"ftyp", b"isom", 512) + bytes(24), BROKEN)
const(VIDEO, "webm signature only", b"\x1aE\xdf\xa3" + bytes(40), BROKEN, TYPE)
const(VOICE, "wave header only", b"RIFF\x24\0\0\0WAVE" + bytes(40), BROKEN)
const(VOICE, "zeros", bytes(100_000), TYPE)


# --- cut off, or spoiled within ----------------------------------------------------------------------------------


@bad(PHOTO, BROKEN)
def jpeg_cut(ground: Ground) -> bytes:
    content = picture("JPEG", (400, 300))
    return content[: len(content) // 2]


@bad(PHOTO, BROKEN)
def png_cut(ground: Ground) -> bytes:
    return picture("PNG", (300, 300))[:-60]


@bad(PHOTO, BROKEN, HARMLESS)
def gif_cut(ground: Ground) -> bytes:
    return picture("GIF", (300, 300))[:2000]


@bad(PHOTO, BROKEN)
def webp_cut(ground: Ground) -> bytes:
    return picture("WEBP", (300, 300))[:-200]


@bad(PHOTO, BROKEN)
def heic_cut(ground: Ground) -> bytes:
    return ground.clips.heic[:-20]


@bad(VIDEO, BROKEN)
def mp4_without_moov(ground: Ground) -> bytes:
    content = ground.clips.mp4
    return content[: content.index(b"moov") - 4]


@bad(VIDEO, BROKEN)
def mp4_whose_moov_is_cut(ground: Ground) -> bytes:
    return ground.clips.mp4[:-100]


@bad(VIDEO, BROKEN)
def faststart_mp4_cut_at_60_percent(ground: Ground) -> bytes:
    content = ground.clips.faststart
    return content[: len(content) * 6 // 10]


@bad(VIDEO, BROKEN)
def faststart_mp4_cut_with_boxes_made_to_agree(ground: Ground) -> bytes:
    """Its headers say that all is well: only decoding it to its end tells."""
    content = bytearray(faststart_mp4_cut_at_60_percent(ground))
    place = content.index(b"mdat") - 4
    content[place : place + 4] = struct.pack(">I", len(content) - place)
    return bytes(content)


@bad(VIDEO, BROKEN)
def mp4_with_a_hole(ground: Ground) -> bytes:
    content = bytearray(ground.clips.faststart)
    place = content.index(b"mdat") + 4 + 3000
    content[place : place + 6000] = b"\xa5" * 6000
    return bytes(content)


@bad(VIDEO, BROKEN)
def webm_cut(ground: Ground) -> bytes:
    content = ground.clips.webm
    return content[: len(content) * 6 // 10]


@bad(VOICE, BROKEN)
def m4a_cut(ground: Ground) -> bytes:
    content = ground.clips.m4a
    return content[: len(content) * 6 // 10]


@bad(VOICE, BROKEN)
def mp3_that_is_noise_after_a_frame(ground: Ground) -> bytes:
    return ground.clips.mp3[:600] + bytes((number * 7919) >> 3 & 255 for number in range(20_000))


@bad(DOCUMENT, BROKEN)
def pdf_cut(ground: Ground) -> bytes:
    content = ground.clips.pdf
    return content[: len(content) // 2]


@bad(DOCUMENT, BROKEN)
def pdf_cut_with_an_end_glued_on(ground: Ground) -> bytes:
    return ground.clips.pdf[:300] + b"\nstartxref\n12\n%%EOF\n"


@bad(DOCUMENT, BROKEN)
def docx_cut(ground: Ground) -> bytes:
    return ground.clips.docx[:-30]


@bad(DOCUMENT, BROKEN)
def pdf_with_a_password(ground: Ground) -> bytes:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"4f" * 32 + b">/U<" + b"55" * 32 + b">>>",
    ]
    return pdf_of(objects, b"/Encrypt 4 0 R/ID[<00><00>]")


# --- not what it is called ---------------------------------------------------------------------------------------

_EXE = b"MZ\x90\0" + bytes(200) + b"PE\0\0" + bytes(300)
const(PHOTO, "exe called jpg", _EXE, TYPE, name="照片.jpg")
const(DOCUMENT, "elf called pdf", b"\x7fELF\2\1\1" + bytes(300), TYPE, name="a.pdf")
const(PHOTO, "html called png", b"<!doctype html><script>alert(1)</script>" + bytes(40), TYPE, name="a.png")
const(VIDEO, "shell script called mp4", b"#!/bin/sh\nrm -rf /\n" + b"#" * 99, TYPE, name="a.mp4")
const(PHOTO, "bmp called jpg", b"BM" + struct.pack("<IIII", 999, 0, 54, 40) + bytes(99), TYPE, name="a.jpg")
const(PHOTO, "tiff called jpg", b"II*\0\x08\0\0\0" + bytes(99), TYPE, name="a.jpg")
const(DOCUMENT, "rtf called doc", rb"{\rtf1{\object\objautlink http://127.0.0.1/}}" + b" " * 99, TYPE, name="a.doc")
const(
    DOCUMENT,
    "eicar called pdf",
    b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*",
    TYPE,
)
const(DOCUMENT, "compound file of no office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), TYPE, name="a.doc")
const(PHOTO, "postscript called jpg", b"%!PS-Adobe-3.0 EPSF\n(/etc/passwd)(r)file" + b" " * 99, TYPE)
const(
    PHOTO, "imagemagick script called jpg", b"push graphic-context\nfill 'url(https://127.0.0.1/|id)'" + b" " * 9, TYPE
)


@bad(PHOTO, TYPE, name="a.jpg.php")
def jpeg_called_php(ground: Ground) -> bytes:
    return ground.clips.jpg


@bad(PHOTO, TYPE, name="照片\u202egpj.exe")
def jpeg_called_exe_from_right_to_left(ground: Ground) -> bytes:
    return ground.clips.jpg


@bad(VIDEO, TYPE)
def jpeg_as_video(ground: Ground) -> bytes:
    return ground.clips.jpg


@bad(PHOTO, TYPE)
def mp4_as_photo(ground: Ground) -> bytes:
    return ground.clips.mp4


@bad(DOCUMENT, TYPE, name="a.docx")
def any_zip_called_docx(ground: Ground) -> bytes:
    return zipped({"a.txt": b"text"})


@bad(DOCUMENT, TYPE, name="a.docx")
def jar_called_docx(ground: Ground) -> bytes:
    return zipped({"META-INF/MANIFEST.MF": b"Main-Class: Evil", "Evil.class": b"\xca\xfe\xba\xbe"})


@bad(DOCUMENT, TYPE)
def docx_with_macros(ground: Ground) -> bytes:
    return docx({"word/vbaProject.bin": b"Auto_Open"})


@bad(DOCUMENT, TYPE)
def doc_with_macros(ground: Ground) -> bytes:
    names = "WordDocument Macros _VBA_PROJECT".encode("utf-16-le")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names + bytes(512)


@bad(VIDEO, TYPE)
def matroska_that_is_no_webm(ground: Ground) -> bytes:
    source = ground.folder / "in.webm"
    source.write_bytes(ground.clips.webm)
    return encoded(ground.folder / "a.mkv", "-i", source, "-c", "copy")


# --- references: whoever follows one asks the honeypot or opens another file ----------------------------------------


@bad(VIDEO, TYPE, name="a.mp4")
def hls_list_of_an_address(ground: Ground) -> bytes:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{ground.url}/hls.ts\n#EXT-X-ENDLIST\n".encode()


@bad(VIDEO, TYPE, name="a.mp4")
def hls_list_of_a_local_file(ground: Ground) -> bytes:
    return b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


@bad(VIDEO, TYPE, name="a.mp4")
def ffconcat_of_a_sibling(ground: Ground) -> bytes:
    return b"ffconcat version 1.0\nfile sibling.mp4\nduration 1.0\n"


@bad(VIDEO, TYPE, name="a.mp4")
def ffconcat_of_an_address(ground: Ground) -> bytes:
    return f"ffconcat version 1.0\nfile '{ground.url}/concat.mp4'\n".encode()


@bad(VIDEO, TYPE, name="a.mp4")
def dash_manifest(ground: Ground) -> bytes:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
        f'<Representation id="1"><BaseURL>{ground.url}/dash.mp4</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    ).encode()


@bad(VIDEO, TYPE, name="a.mp4")
def avi_with_an_hls_list_as_subtitles(ground: Ground) -> bytes:
    """The hole of 2017: a subtitle chunk (GAB2) that is a list of files."""
    playlist = b"#EXTM3U\n#EXTINF:1,\n" + f"{ground.url}/gab2.ts\n".encode()
    gab2 = b"GAB2\0" + struct.pack("<HI", 2, 0) + struct.pack("<HI", 4, len(playlist)) + playlist
    chunk = b"01tx" + struct.pack("<I", len(gab2)) + gab2
    movi = b"LIST" + struct.pack("<I", 4 + len(chunk)) + b"movi" + chunk
    return b"RIFF" + struct.pack("<I", 4 + len(movi)) + b"AVI " + movi


@bad(PHOTO, TYPE, name="a.jpg")
def svg_that_links(ground: Ground) -> bytes:
    link = f'<image xlink:href="{ground.url}/svg.png"/><image xlink:href="file:///etc/passwd"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{link}</svg>'.encode()


@bad(VIDEO, TYPE)
def session_description(ground: Ground) -> bytes:
    return b"v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"


@bad(VOICE, BROKEN, name="a.mp3")
def id3_before_an_hls_list(ground: Ground) -> bytes:
    return b"ID3\4\0\0\0\0\0\0" + hls_list_of_an_address(ground)


@bad(VIDEO, BROKEN, name="a.mp4")
def mp4_brand_before_an_hls_list(ground: Ground) -> bytes:
    return struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 512) + hls_list_of_an_address(ground)


@bad(VOICE, BROKEN)
def wave_of_an_hls_list(ground: Ground) -> bytes:
    return b"RIFF\0\0\0\0WAVE" + hls_list_of_an_address(ground)


@bad(VIDEO, BROKEN, HARMLESS)
def mp4_whose_pictures_lie_at_an_address(ground: Ground) -> bytes:
    """A data reference (dref) that is not "in this file"."""
    content = bytearray(ground.clips.mp4)
    place = content.index(b"url \0\0\0\1")
    content[place + 7] = 0
    return bytes(content)


@bad(VIDEO, TYPE)
def quicktime_reference_movie(ground: Ground) -> bytes:
    link = f"{ground.url}/rmra.mp4\0".encode()
    reference = box(b"rmra", box(b"rmda", box(b"rdrf", bytes(4) + b"url " + struct.pack(">I", len(link)) + link)))
    return struct.pack(">I4s4sI", 16, b"ftyp", b"qt  ", 512) + box(b"moov", reference)


@bad(VIDEO, HARMLESS)
def mp4_with_subtitles_of_addresses(ground: Ground) -> bytes:
    source, words = ground.folder / "s.mp4", ground.folder / "s.srt"
    source.write_bytes(ground.clips.mp4)
    words.write_text(f"1\n00:00:00,000 --> 00:00:01,000\n<img src={ground.url}/sub.png>\n")
    return encoded(ground.folder / "t.mp4", "-i", source, "-i", words, "-c", "copy", "-c:s", "mov_text")


@bad(VOICE, HARMLESS)
def mp3_whose_cover_is_an_address(ground: Ground) -> bytes:
    frame = b"\0-->\0\3\0" + f"{ground.url}/cover.jpg".encode()
    tag = b"APIC" + struct.pack(">IH", len(frame), 0) + frame
    sound = ground.clips.mp3
    return b"ID3\3\0\0" + bytes([0, 0, len(tag) >> 7, len(tag) & 127]) + tag + sound[sound.index(b"\xff\xfb") :]


@bad(DOCUMENT, HARMLESS)
def docx_with_a_linked_picture(ground: Ground) -> bytes:
    link = f'<Relationship Id="r" Type="image" Target="{ground.url}/docx.png" TargetMode="External"/>'
    return docx({"word/_rels/document.xml.rels": f"<Relationships>{link}</Relationships>".encode()})


@bad(DOCUMENT, HARMLESS)
def pdf_that_runs_and_calls(ground: Ground) -> bytes:
    action = f"<</S/JavaScript/JS(app.launchURL('{ground.url}/pdf'))/Next<</S/URI/URI({ground.url}/uri)>>>>".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R/Names<</JavaScript<</Names[(a) 4 0 R]>>>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/AA<</O 4 0 R>>>>",
        action,
    ]
    return pdf_of(objects)


# --- bombs ---------------------------------------------------------------------------------------------------------


@bad(DOCUMENT, LARGE)
def docx_that_claims_four_gigabytes(ground: Ground) -> bytes:
    content = bytearray(docx({"word/media/a.png": b"x" * 1000}))
    place = content.rindex(b"word/media/a.png") - 46 + 24
    content[place : place + 4] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(content)


@bad(DOCUMENT, LARGE)
def xlsx_of_thirty_megabytes_of_zeros(ground: Ground) -> bytes:
    return docx({"xl/worksheets/sheet1.xml": bytes(30 << 20)}, main="xl/workbook.xml")


@bad(DOCUMENT, LARGE)
def pptx_of_six_thousand_parts(ground: Ground) -> bytes:
    return docx({f"ppt/{number}": b"" for number in range(6000)}, main="ppt/presentation.xml")


@bad(DOCUMENT, TYPE)
def docx_with_a_zip_inside(ground: Ground) -> bytes:
    return docx({"word/embeddings/42.zip": zipped({"a": bytes(9999)})})


@bad(DOCUMENT, BROKEN)
def docx_whose_parts_share_bytes(ground: Ground) -> bytes:
    """Many names for the same compressed bytes: each unpacks again."""
    content = docx({"word/a": zlib.compress(bytes(range(256)) * 99, 0)})
    with zipfile.ZipFile(BytesIO(content)) as archive:
        end = archive.start_dir
    entry = content[content.rindex(b"word/a") - 46 : content.rindex(b"word/a") + 6]
    directory = content[end : content.rindex(b"PK\5\6")] + entry * 40
    count = 4 + 40
    return content[:end] + directory + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), end, 0)


@bad(PHOTO, LARGE)
def png_of_16000_by_16000(ground: Ground) -> bytes:
    return png_of(16_000, 16_000, depth=1, colour=0)


@bad(PHOTO, LARGE)
def png_that_fills_the_memory(ground: Ground) -> bytes:
    """Within the limit by its size, not by what reading it takes: the child's limit stops it."""
    return png_of(7100, 7100, depth=8, colour=3, more=chunk(b"PLTE", b"\1\2\3") + chunk(b"tRNS", b"\x80"))


@bad(PHOTO, BROKEN, HARMLESS)
def png_with_more_pixels_than_its_header_says(ground: Ground) -> bytes:
    content = bytearray(png_of(4000, 4000, depth=1, colour=0))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 1, 0, 0, 0, 0))
    content[8 : 8 + len(header)] = header
    return bytes(content)


@bad(PHOTO, BROKEN, HARMLESS)
def png_whose_comment_unpacks_to_fifty_megabytes(ground: Ground) -> bytes:
    text = b"Comment\0\0" + zlib.compress(bytes(50 << 20), 1)
    return png_of(10, 10, depth=1, colour=0, more=chunk(b"zTXt", text))


@bad(PHOTO, LARGE)
def gif_of_a_hundred_thousand_frames(ground: Ground) -> bytes:
    frame = b",\0\0\0\0\1\0\1\0\0\2\2D\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 100_000 + b";"


@bad(PHOTO, LARGE)
def gif_on_a_screen_of_65535(ground: Ground) -> bytes:
    return b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


@bad(PHOTO, LARGE)
def apng_of_a_million_frames(ground: Ground) -> bytes:
    return png_of(10, 10, depth=1, colour=0, more=chunk(b"acTL", struct.pack(">II", 1_000_000, 0)))


@bad(PHOTO, LARGE)
def webp_that_claims_16384(ground: Ground) -> bytes:
    body = b"VP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0" + picture("WEBP")[12:]
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


@bad(PHOTO, LARGE)
def heic_that_claims_60000(ground: Ground) -> bytes:
    content = bytearray(ground.clips.heic)
    place = content.index(b"ispe") + 8
    content[place : place + 8] = struct.pack(">II", 60_000, 60_000)
    return bytes(content)


@bad(PHOTO, LARGE)
def jpeg_that_claims_65535(ground: Ground) -> bytes:
    content = bytearray(picture("JPEG"))
    place = content.index(b"\xff\xc0") + 5
    content[place : place + 4] = b"\xff\xff\xff\xff"
    return bytes(content)


@bad(PHOTO, HARMLESS)
def jpeg_of_one_by_30000(ground: Ground) -> bytes:
    return picture("JPEG", (1, 30_000))


@bad(VIDEO, LONG)
def mp4_that_claims_ten_thousand_hours(ground: Ground) -> bytes:
    content = bytearray(ground.clips.mp4)
    place = content.index(b"mvhd") + 4 + 12
    content[place : place + 8] = struct.pack(">II", 1, 36_000_000)
    return bytes(content)


@bad(VIDEO, LONG)
def webm_that_claims_ten_thousand_hours(ground: Ground) -> bytes:
    content = bytearray(ground.clips.webm)
    place = content.index(b"\x44\x89\x88") + 3
    content[place : place + 8] = struct.pack(">d", 36e9)
    return bytes(content)


@bad(VOICE, LONG)
def amr_that_is_silent_for_ten_minutes(ground: Ground) -> bytes:
    """Four hundred kilobytes that claim nothing: thirteen bytes for each fiftieth of a second."""
    return b"#!AMR\n" + (b"\x04" + bytes(12)) * 30_000


@bad(VOICE, LONG)
def flac_that_is_silent_for_ten_minutes(ground: Ground) -> bytes:
    silence = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "600"]
    return encoded(ground.folder / "long.flac", *silence)


@bad(VIDEO, LARGE)
def mp4_that_claims_8k(ground: Ground) -> bytes:
    content = bytearray(ground.clips.mp4)
    place = content.index(b"avc1", content.index(b"stsd")) + 4 + 24
    content[place : place + 4] = struct.pack(">HH", 7680, 4320)
    return bytes(content)


@bad(VIDEO, BROKEN, LARGE)
def mp4_that_hides_8k(ground: Ground) -> bytes:
    """Small by its header, large in the stream itself."""
    film = ["-f", "lavfi", "-i", "color=s=7680x4320:r=1:d=1"]
    content = bytearray(encoded(ground.folder / "8k.mp4", *film, "-c:v", "libx264", "-preset", "ultrafast"))
    place = content.index(b"avc1", content.index(b"stsd")) + 4 + 24
    content[place : place + 4] = struct.pack(">HH", 64, 48)
    return bytes(content)


@bad(VIDEO, LARGE)
def mp4_of_a_thousand_frames_a_second(ground: Ground) -> bytes:
    content = bytearray(ground.clips.mp4)
    place = content.index(b"stsz") + 4 + 8
    content[place : place + 4] = struct.pack(">I", 2000)
    return bytes(content)


@bad(VIDEO, BROKEN)
def mp4_of_a_million_boxes(ground: Ground) -> bytes:
    return struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 512) + struct.pack(">I4s", 8, b"free") * 1_000_000


@bad(VIDEO, BROKEN)
def mp4_whose_box_is_larger_than_all(ground: Ground) -> bytes:
    return struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 512) + struct.pack(">I4sQ", 1, b"moov", 1 << 62) + bytes(64)


@bad(DOCUMENT, LONG)
def pdf_of_400_pages(ground: Ground) -> bytes:
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 403))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>"
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count 400>>" % kids, *([page] * 400)])


@bad(DOCUMENT, HARMLESS, BROKEN, LARGE)
def pdf_of_a_hundred_thousand_objects(ground: Ground) -> bytes:
    return pdf_of([*one_page(b"[0 0 99 99]"), *([b"<</A[1 2 3]/B(text)>>"] * 100_000)])


@bad(DOCUMENT, HARMLESS)
def pdf_with_a_page_of_two_kilometres(ground: Ground) -> bytes:
    return pdf_of(one_page(b"[0 0 6000000 6000000]"))


@bad(DOCUMENT, HARMLESS, BROKEN, LARGE)
def pdf_whose_stream_unpacks_twice(ground: Ground) -> bytes:
    """A hundred megabytes, packed, and packed again into a few hundred bytes."""
    stream = zlib.compress(zlib.compress(b"0 0 m " * (100_000_000 // 6), 1), 9)
    objects = one_page(b"[0 0 99 99]/Contents 4 0 R")
    head = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n" % len(stream)
    return pdf_of([*objects, head + stream + b"\nendstream"])


@bad(DOCUMENT, HARMLESS, BROKEN, LARGE)
def pdf_with_a_picture_of_900_megapixels(ground: Ground) -> bytes:
    stream = zlib.compress(zlib.compress(bytes(30_000 * 30_000 // 8), 1), 9)
    image = b"<</Type/XObject/Subtype/Image/Width 30000/Height 30000/ColorSpace/DeviceGray/BitsPerComponent 1"
    objects = one_page(b"[0 0 99 99]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>")
    draw = b"<</Length 17>>stream\n99 0 0 99 0 0 cm /I Do\nendstream"
    head = b"%s/Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n" % (image, len(stream))
    return pdf_of([*objects, draw, head + stream + b"\nendstream"])


@bad(DOCUMENT, BROKEN, HARMLESS)
def pdf_whose_pages_contain_themselves(ground: Ground) -> bytes:
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"])


# --- two things at once ------------------------------------------------------------------------------------------


@bad(PHOTO, HARMLESS, name="../../../etc/cron.d/x.jpg")
def jpeg_and_zip(ground: Ground) -> bytes:
    return ground.clips.jpg + zipped({f"{PLANTED}.txt": b"hidden"})


@bad(PHOTO, HARMLESS, name="a\0.jpg")
def gif_and_jar(ground: Ground) -> bytes:
    return ground.clips.gif + zipped({f"{PLANTED}.class": b"\xca\xfe\xba\xbe"})


@bad(VIDEO, HARMLESS, name="a.mp4\r\nX-Header: 1.mp4")
def mp4_and_html(ground: Ground) -> bytes:
    return ground.clips.mp4 + f"<html><script>{PLANTED}</script></html>".encode()


@bad(PHOTO, HARMLESS, name="长" * 300 + ".png")
def png_and_php(ground: Ground) -> bytes:
    return ground.clips.png + f"<?php system('{PLANTED}'); ?>".encode()


@bad(PHOTO, HARMLESS, name="CON.jpg")
def jpeg_with_a_script_in_its_comment(ground: Ground) -> bytes:
    return jpg(comment=f"<script>{PLANTED}</script>".encode())


@bad(DOCUMENT, HARMLESS, name='"; rm -rf / #.pdf')
def pdf_and_html(ground: Ground) -> bytes:
    return pdf_of(one_page(b"[0 0 99 99]")) + f"<script>{PLANTED}</script>".encode()


@bad(PHOTO, HARMLESS)
def jpeg_with_the_whole_face_in_its_thumbnail(ground: Ground) -> bytes:
    """A camera's small picture of everything, left behind by an editor that cut the large one."""
    inner = picture("JPEG", (160, 120), comment=PLANTED.encode())
    tiff = exif().tobytes()[6:]
    return picture("JPEG", exif=b"Exif\0\0" + tiff + inner, comment=PLANTED.encode())


# --- what they say about whoever made them -----------------------------------------------------------------------


@bad(PHOTO, HARMLESS)
def jpeg_with_place_and_serial_number(ground: Ground) -> bytes:
    return ground.clips.jpg


@bad(PHOTO, HARMLESS)
def png_with_an_author(ground: Ground) -> bytes:
    return ground.clips.png


@bad(PHOTO, HARMLESS)
def gif_with_a_comment(ground: Ground) -> bytes:
    return ground.clips.gif


@bad(PHOTO, HARMLESS)
def webp_with_place(ground: Ground) -> bytes:
    return ground.clips.webp


@bad(PHOTO, HARMLESS)
def heic_with_a_maker(ground: Ground) -> bytes:
    return ground.clips.heic


@bad(VIDEO, HARMLESS)
def mp4_with_place_and_title(ground: Ground) -> bytes:
    return ground.clips.mp4


@bad(VIDEO, HARMLESS)
def webm_with_a_title(ground: Ground) -> bytes:
    return ground.clips.webm


@bad(VOICE, HARMLESS)
def mp3_with_an_artist(ground: Ground) -> bytes:
    return ground.clips.mp3


@bad(VOICE, HARMLESS)
def m4a_with_a_title(ground: Ground) -> bytes:
    return ground.clips.m4a


@bad(DOCUMENT, HARMLESS)
def pdf_with_an_author(ground: Ground) -> bytes:
    return ground.clips.pdf


@bad(DOCUMENT, HARMLESS)
def docx_with_the_one_who_changed_it_last(ground: Ground) -> bytes:
    return ground.clips.docx


# --- parts -------------------------------------------------------------------------------------------------------


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_of(width: int, height: int, *, depth: int, colour: int, more: bytes = b"") -> bytes:
    """A picture of nothing but zeros."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    pixels = zlib.compress(bytes((1 + -(-width * depth // 8)) * height), 1)
    return b"\x89PNG\r\n\x1a\n" + header + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def one_page(box_and_more: bytes) -> list[bytes]:
    return [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox%s>>" % box_and_more,
    ]


def pdf_of(objects: list[bytes], trailer: bytes = b"") -> bytes:
    content = bytearray(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    content += b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(content)
