"""The script that a receipt's holder runs at home agrees with the server, and finds what was altered."""

import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.loop import proof
from kit.settings import ROOT
from tests.makers import Walk, case_at

SCRIPT = ROOT / "docs" / "verify_chain.py"


def run(tmp_path: Path, chain: dict[str, Any], *noted: str) -> tuple[int, str]:
    """The script's exit code and what it says, run apart from our environment."""
    file = tmp_path / "chain.json"
    file.write_bytes(orjson.dumps(chain))
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, file, *noted], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    return done.returncode, done.stdout + done.stderr


async def given_to_the_holder() -> tuple[Walk, dict[str, Any]]:
    """A case with entries that the complainant may read, with Chinese and line ends in them, and some they may not."""
    walk = await case_at("waiting")
    await walk.take("supply", text="第一行\n第二行 “引号” \\ \t")
    return walk, await proof.chain(walk.holder, walk.number)


async def test_a_whole_chain_is_intact(province: str, tmp_path: Path) -> None:
    walk, chain = await given_to_the_holder()
    assert any("facts" not in link for link in chain["links"]), "an entry of the offices is hashes only"
    noted = (f"1:{walk.filed.entry_hash}", f"{len(chain['links'])}:{chain['head']}")
    assert run(tmp_path, chain, *noted) == (0, f"{len(chain['links'])} entries: intact\n")


def _last_public(chain: dict[str, Any]) -> dict[str, Any]:
    return next(link for link in reversed(chain["links"]) if link.get("public"))


def _other_words(chain: dict[str, Any]) -> None:
    _last_public(chain)["public"]["text"] += "。"


def _other_time(chain: dict[str, Any]) -> None:
    _last_public(chain)["facts"]["at"] = "2020-01-01T00:00:00.000000+00:00"


def _one_removed(chain: dict[str, Any]) -> None:
    del chain["links"][2]


def _two_swapped(chain: dict[str, Any]) -> None:
    chain["links"][1:3] = reversed(chain["links"][1:3])


def _cut_off(chain: dict[str, Any]) -> None:
    chain["links"].pop()


def _other_head(chain: dict[str, Any]) -> None:
    chain["head"] = "00" * 32


@pytest.mark.parametrize("altered", [_other_words, _other_time, _one_removed, _two_swapped, _cut_off, _other_head])
async def test_an_altered_chain_is_found(
    province: str, tmp_path: Path, altered: Callable[[dict[str, Any]], None]
) -> None:
    _, chain = await given_to_the_holder()
    altered(chain)
    code, said = run(tmp_path, chain)
    assert code == 1, said


async def test_a_chain_made_anew_does_not_match_what_was_noted(province: str, tmp_path: Path) -> None:
    walk, chain = await given_to_the_holder()
    _, another = await given_to_the_holder()
    code, said = run(tmp_path, another, f"1:{walk.filed.entry_hash}")
    assert (code, said.partition(":")[0]) == (1, "1")
    shorter = deepcopy(chain)
    removed = shorter["links"].pop()
    shorter["head"] = shorter["links"][-1]["hash"]
    assert run(tmp_path, shorter)[0] == 0, "a consistent cut is found by what was noted only"
    code, said = run(tmp_path, shorter, f"{removed['seq']}:{removed['hash']}")
    assert (code, said.strip()) == (1, f"{removed['seq']}: was noted, but is gone")
