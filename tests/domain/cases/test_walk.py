"""Each stage is reached by the verbs alone."""

import pytest

from tests.makers import PATHS, case_at


@pytest.mark.parametrize("stage", sorted(PATHS))
async def test_a_case_walks_to_each_stage(province: str, stage: str) -> None:
    walk = await case_at(stage)
    assert (await walk.matter()).stage == stage
