"""立项: matters that staff open by themselves, of whichever kinds there are."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.loop import once, opening, reading
from domain.loop.kinds import Kind
from domain.loop.once import KeyReused
from handlers.keys import SETTINGS
from handlers.matters import Given, MatterView
from handlers.spec import Access, Body, Call, Raw, Routes
from kit.errors import Invalid

routes = Routes("事项")


class Opening(BaseModel):
    """可以由您立项的一类事项，和立项时要填的内容。"""

    kind: str
    kind_label: str
    label: str
    warning: str
    inputs: dict[str, Any] = Field(description="所需内容的 JSON Schema，x-widget 指明控件")


class Open(Body):
    """立一个项。"""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "supervision", "inputs": {}}]})

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
    inputs: Given = Field(default_factory=dict, description="按可立项的种类给出的 schema 填写")


@routes.get("/api/v1/openings", access=Access.STAFF, summary="我可以立项的事项种类")
async def listed(call: Call) -> list[Opening]:
    """With the form of each; none for most."""
    return [Opening(**one) for one in await reading.openings(call.actor)]


@routes.post(
    "/api/v1/matters", access=Access.STAFF, summary="立项", status=201, refusals=(KeyReused,), idempotent=True,
    limit=256 * 1024,
)  # fmt: skip
async def opened(call: Call, body: Open) -> MatterView | Raw:
    """The matter as it begins; a case is filed by its own door."""
    kind = Kind.REGISTRY.get(body.kind)
    if kind is None or kind.begins is None:
        raise Invalid(details={"fields": [{"path": "kind", "message": "没有可以立项的这类事项"}]})
    settings = call.request.app[SETTINGS]
    request = {"body": body.model_dump(mode="json")}
    whose = f"post:{call.actor.post_id}:open"
    kept = once.keyed(settings, whose, call.idempotency_key, request) if call.idempotency_key else None

    async def act() -> dict[str, Any]:
        matter = await opening.opened(call.actor, kind, body.inputs)
        return await reading.shown(call.actor, matter.number)

    answer = await once.answered(kept, 201, act)
    return Raw(answer.body, answer.status, {"Idempotency-Replayed": "true"} if answer.replayed else {})
