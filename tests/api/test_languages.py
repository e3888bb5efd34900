"""Labels come in the language asked for."""

from tests.api.conftest import Api


async def test_labels_in_english_and_chinese(api: Api) -> None:
    number, receipt = await api.file()
    path = f"/api/v1/matters/{number}"
    chinese, english = await api.get(path, receipt), await api.get(path, receipt, Accept_Language="en;q=0.9, zh;q=0.1")
    assert (chinese["stage_label"], english["stage_label"]) == ("已提交", "Filed")
    assert [step["label"] for step in chinese["next_steps"]] == ["补充内容", "撤回举报"]
    assert [step["label"] for step in english["next_steps"]] == ["Add information", "Withdraw the report"]
    assert english["next_steps"][0]["inputs"]["properties"]["text"]["title"] == "Add information"
    duties = await api.get(f"/api/v1/duties?tab=unit&matter={number}", "registrar1", Accept_Language="en")
    assert duties["items"][0]["label"] == "Accept or refuse"


async def test_roles_of_persons_and_posts_too(api: Api) -> None:
    for language, label in (("zh", "受理员"), ("en", "Registrar")):
        persons = await api.get("/api/v1/demo/persons", Accept_Language=language)
        assert persons[0]["role_label"] == label
        assert all(one["role_label"].isascii() == (language == "en") for one in persons)
        me = await api.get("/api/v1/session", "registrar1", Accept_Language=language)
        assert (me["active"]["role_label"], me["posts"][0]["role_label"]) == (label, label)


async def test_every_choice_has_a_label_in_both_languages(api: Api) -> None:
    number, _ = await api.file()
    path = f"/api/v1/matters/{number}"
    for language, label in (("zh", "属于民事经济纠纷"), ("en", "Civil dispute")):
        steps = (await api.get(path, "registrar1", Accept_Language=language))["next_steps"]
        refuse = next(step for step in steps if step["verb"] == "refuse")
        reason = refuse["inputs"]["properties"]["reason"]
        assert reason["x-labels"]["civil_dispute"] == label
        assert set(reason["x-labels"]) == set(refuse["inputs"]["$defs"]["RefusalReason"]["enum"])


async def test_refusals_speak_the_language_too(api: Api) -> None:
    number, receipt = await api.file()
    steps = f"/api/v1/matters/{number}/steps"
    late = await api.post(f"{steps}/rate", receipt, {"inputs": {}}, 409, Accept_Language="en")
    assert (late["code"], late["message"]) == (
        "wrong_stage", "The matter is no longer where this can be done, please reload"
    )  # fmt: skip
    empty = await api.post(f"{steps}/add", receipt, {"inputs": {}}, 422, Accept_Language="en")
    assert empty["details"]["fields"] == [{"path": "inputs.text", "message": "Required"}]
    report = {"mode": "named", "text": "late", "region": "9999"}
    wrong = await api.post("/api/v1/cases", "", report, 422, Accept_Language="en")
    assert {field["message"] for field in wrong["details"]["fields"]} == {
        "There is no such region", "A named or confidential report needs a contact"
    }  # fmt: skip
    absent = await api.post("/api/v1/nothing", "", {}, 404, Accept_Language="en")
    assert absent["message"] == "Not found"
    chinese = await api.post(f"{steps}/rate", receipt, {"inputs": {}}, 409)
    assert chinese["message"] == "事项已不在可以这样办理的环节，请刷新后再试"


async def test_what_a_complainant_reads_is_english_throughout(api: Api) -> None:
    number, receipt = await api.file()
    await api.step(number, "accept", "registrar1")
    view = await api.get(f"/api/v1/matters/{number}", receipt, Accept_Language="en")
    assert view["case"]["stage_plain"] == "Accepted"
    assert view["case"]["mode_label"] == "Anonymous"
    assert view["case"]["category"]["name"] == "Licences delayed or made harder"
    assert [part["label"] for part in view["progress"]][:4] == ["File", "Accept", "Pass on", "Handle"]
    entries = (await api.get(f"/api/v1/matters/{number}/entries", receipt, Accept_Language="en"))["items"]
    assert [(entry["label"], entry["by"]) for entry in entries] == [
        ("You filed the report", "Reporter"), ("The centre accepted your report", "Staff")
    ]  # fmt: skip
    assert {line["label"] for line in entries[0]["shown"]} >= {"Way of reporting", "Category", "Region"}
    categories = await api.get("/api/v1/categories", Accept_Language="en")
    assert all(one["name"].isascii() and one["plain"].isascii() for one in categories)
    told = (await api.get("/api/v1/notices", receipt, Accept_Language="en"))["items"]
    assert all(notice["text"].isascii() for notice in told)
