"""Node from the machine where it is new enough, else from the wheel."""

import subprocess
import sys
from pathlib import Path

import pytest

from kit import node


@pytest.fixture
def ours() -> str:
    """Where the wheel's programs are; the first test of a fresh .venv installs it."""
    return str(Path(sys.prefix) / "bin")


def said(path: str, *command: str) -> str:
    found = node.environment(path)
    return subprocess.run(command, env=found, capture_output=True, text=True, check=True).stdout


def program(folder: Path, name: str, says: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
    (folder / name).chmod(0o755)


def test_a_machine_without_node_gets_the_wheels(ours: str) -> None:
    assert node.environment("")["PATH"].startswith(ours)
    assert tuple(map(int, said("", f"{ours}/node", "--version")[1:].split(".")[:2])) >= node.OLDEST
    assert said("/usr/bin:/bin", f"{ours}/npm", "--version").count(".") == 2


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.9", "none"])
def test_an_old_node_is_not_used(tmp_path: Path, ours: str, version: str) -> None:
    program(tmp_path, "node", version)
    program(tmp_path, "npm", "11.0.0")
    assert node.environment(str(tmp_path))["PATH"] == f"{ours}:{tmp_path}"


def test_a_node_without_npm_is_not_used(tmp_path: Path, ours: str) -> None:
    program(tmp_path, "node", "v22.0.0")
    assert node.environment(str(tmp_path))["PATH"] == f"{ours}:{tmp_path}"


def test_a_new_node_is_used(tmp_path: Path) -> None:
    program(tmp_path, "node", "v20.19.0")
    program(tmp_path, "npm", "11.0.0")
    assert node.environment(str(tmp_path))["PATH"] == str(tmp_path)
