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
