"""遮挡: intake covers faces and plates; nobody sees the old copies any more, and the timeline says who did it."""

from io import BytesIO

from PIL import Image

from models import File, FileState
from tests.api.conftest import Api
from tests.api.processing import filed, lying, named, shown, uploaded, worked
from tests.api.test_files import fetched, to_unit
from tests.api.tus import ticketed
from tests.kit.media.clips import Clips
from tests.kit.media.conftest import clips

__all__ = ["clips"]

CORNER = {"left": 0.0, "top": 0.0, "width": 0.5, "height": 0.5}


def checked() -> bytes:
    """A picture of fine squares: what is covered loses them."""
    file = BytesIO()
    image = Image.new("RGB", (400, 400))
    image.putdata([(255, 255, 255) if (x // 4 + y // 4) % 2 else (0, 0, 0) for y in range(400) for x in range(400)])
    image.save(file, "PNG")
    return file.getvalue()


def contrast(photo: Image.Image, box: tuple[int, int, int, int]) -> int:
    low, high = photo.convert("L").crop(box).getextrema()
    assert isinstance(low, int)
    assert isinstance(high, int)
    return high - low


async def test_a_photo_is_covered_for_good(api: Api) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, checked(), "现场.png")
    number, receipt = await filed(api, tus, file)
    assert await worked(api) == 1
    await to_unit(api, number)
    before = (await shown(api, number, "registrar1"))[str(file)]
    assert (before["may_blur"], before["blurs"]) == (True, [])
    old = await named(file)
    assert len(old) == 2
    path = f"/api/v1/matters/{number}/files/{file}/blurs"
    answer = await api.call("PUT", path, "registrar1", {"rectangles": [CORNER]})
    view = await answer.json()
    assert (answer.status, view["state"], view["copies"], view["may_blur"]) == (200, "quarantined", [], False)
    assert view["blurs"] == [{**CORNER, "begin": 0.0, "end": None}]
    seen = (await shown(api, number, "liaison-county"))[str(file)]
    assert seen["copies"] == [], "what was not covered is not shown meanwhile"
    link = before["copies"][0]["url"]
    registrar = await api.signed_in("registrar1")
    assert (await fetched(api, link, Authorization=registrar)).status == 404
    assert (await api.call("PUT", path, "registrar1", {"rectangles": []})).status == 409
    assert await worked(api) == 1
    seen = (await shown(api, number, "liaison-county"))[str(file)]
    unit = await api.signed_in("liaison-county")
    photo = Image.open(BytesIO(await (await fetched(api, seen["copies"][0]["url"], Authorization=unit)).read()))
    assert contrast(photo, (4, 4, 190, 190)) < 12
    assert contrast(photo, (210, 210, 390, 390)) > 200
    now = await named(file)
    assert not old & now
    assert await lying(api) == now, "the old copies are gone from storage"
    entries = (await api.get(f"/api/v1/matters/{number}/entries", "registrar1"))["items"]
    told = [(entry["label"], entry["said"]) for entry in entries if entry["verb"] == "blur_file"]
    assert told == [("遮挡附件", {"file": str(file), "rectangles": 1})]
    lines = next(entry["shown"] for entry in entries if entry["verb"] == "blur_file")
    assert {"label": "遮挡处数", "text": "1"} in lines
    for who in (receipt, "liaison-county"):
        entries = (await api.get(f"/api/v1/matters/{number}/entries", who))["items"]
        assert "blur_file" not in [entry["verb"] for entry in entries]
    assert (await api.get(f"/api/v1/matters/{number}/chain", receipt))["intact"]
    original = (await File.get(id=file)).stored
    assert (api.settings.var / "files" / original).read_bytes() == checked()


async def test_a_video_is_covered_and_uncovered(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.mp4, "现场.mp4")
    number, _ = await filed(api, tus, file)
    assert await worked(api) == 1
    path = f"/api/v1/matters/{number}/files/{file}/blurs"
    for rectangles in ([{**CORNER, "begin": 0.2, "end": 0.8}], []):
        before = await named(file)
        assert (await api.call("PUT", path, "registrar1", {"rectangles": rectangles})).status == 200
        assert await worked(api) == 1
        assert (await File.get(id=file)).state is FileState.READY
        assert len((await File.get(id=file)).blurs) == len(rectangles)
        assert not before & await named(file)


async def test_who_may_not_cover_and_what_is_no_rectangle(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file, letter = await uploaded(tus, clips.jpg, "a.jpg"), await uploaded(tus, clips.pdf, "b.pdf")
    number, receipt = await filed(api, tus, file, letter)
    await to_unit(api, number)
    path = f"/api/v1/matters/{number}/files/{file}/blurs"
    body = {"rectangles": [CORNER]}

    async def code(who: str, sent: object = body, at: str = path) -> tuple[int, str]:
        response = await api.call("PUT", at, who, sent)
        return response.status, (await response.json())["code"]

    assert await code("registrar1") == (409, "file_not_ready")
    assert await worked(api) == 2
    assert await code("liaison-county") == (403, "not_allowed")
    assert await code("supervisor1") == (403, "not_allowed")
    assert await code("audit-admin") == (404, "not_found")
    assert await code(receipt) == (403, "not_allowed")
    assert await code("registrar1", at=path.replace(str(file), str(letter))) == (409, "file_no_picture")
    assert await code("registrar1", at=path.replace(str(file), number[:8] + str(file)[8:])) == (404, "not_found")
    for wrong in (
        {"left": 0.6, "top": 0, "width": 0.5, "height": 0.1},
        {"left": 0, "top": 0.95, "width": 0.5, "height": 0.1},
        {"left": 0, "top": 0, "width": 0, "height": 0.1},
        {"left": -0.1, "top": 0, "width": 0.5, "height": 0.1},
        {"left": 0, "top": 0, "width": 0.5, "height": 0.1, "begin": 3, "end": 2},
        {"left": "x", "top": 0, "width": 0.5, "height": 0.1},
        {"left": 0, "top": 0, "width": 0.5},
        {**CORNER, "colour": "red"},
    ):
        assert await code("registrar1", {"rectangles": [wrong]}) == (422, "invalid"), wrong
    assert await code("registrar1", {"rectangles": [CORNER] * 51}) == (422, "invalid")
    english = await api.call("PUT", path, "registrar1", {"rectangles": [{**CORNER, "left": 0.9}]}, Accept_Language="en")
    message = (await english.json())["details"]["fields"][0]["message"]
    assert message == "The part to cover reaches beyond the picture"
    assert (await File.get(id=file)).state is FileState.READY
