"""What a machine does not offer is said, one by one."""

from pathlib import Path

import pytest

from kit.media import lacking, sandbox
from kit.media.cleaning import Tools
from kit.media.malware import Scanner


async def test_what_is_not_there_is_said(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Tools(soffice=Path("/usr/bin/soffice"), scanner=Scanner("unix:/nobody"))
    monkeypatch.setattr(sandbox, "_isolation", sandbox.Isolation(network=True, files=True, processes=True))
    assert await lacking.lacking(whole, into) == {}
    assert await lacking.lacking(Tools(soffice=None), into) == {"scanner": lacking.SCANNER, "office": lacking.OFFICE}
    monkeypatch.setattr(sandbox, "_isolation", sandbox.Isolation(network=False, files=False, processes=False))
    found = await lacking.lacking(whole, into)
    assert found.keys() == {"isolation_network", "isolation_files", "isolation_processes"}
    assert "Landlock" in found["isolation_files"]
