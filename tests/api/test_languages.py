"""Labels come in the language asked for."""

from tests.api.conftest import Api


async def test_labels_in_english_and_chinese(api: Api) -> None:
    number, receipt = await api.file()
    path = f"/api/v1/matters/{number}"
    chinese, english = await api.get(path, receipt), await api.get(path, receipt, Accept_Language="en;q=0.9, zh;q=0.1")
    assert (chinese["stage_label"], english["stage_label"]) == ("已提交", "Filed")
    assert [step["label"] for step in chinese["next_steps"]] == ["补充内容", "撤回举报"]
    assert [step["label"] for step in english["next_steps"]] == ["Add", "Withdraw"]
    assert english["next_steps"][0]["inputs"]["properties"]["text"]["title"] == "Text"
    duties = await api.get(f"/api/v1/duties?tab=unit&matter={number}", "registrar1", Accept_Language="en")
    assert duties["items"][0]["label"] == "Accept"


async def test_every_choice_has_a_label_in_both_languages(api: Api) -> None:
    number, _ = await api.file()
    path = f"/api/v1/matters/{number}"
    for language, label in (("zh", "属于民事经济纠纷"), ("en", "Civil dispute")):
        steps = (await api.get(path, "registrar1", Accept_Language=language))["next_steps"]
        refuse = next(step for step in steps if step["verb"] == "refuse")
        reason = refuse["inputs"]["properties"]["reason"]
        assert reason["x-labels"]["civil_dispute"] == label
        assert set(reason["x-labels"]) == set(refuse["inputs"]["$defs"]["RefusalReason"]["enum"])
