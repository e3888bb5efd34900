"""Started in front of every decoder: gives up rights and takes limits, then becomes the decoder (exec).

It runs as `python -I jail.py '{…}' program argument…` and imports nothing of ours, so that nothing happens between
fork and exec of the worker, which has threads. The decoder is its child and, where the kernel allows it, the first
process of a world of its own: when it ends, all that it started ends, also what fled from its process group. What the
kernel does not offer is passed over; `sandbox.isolation()` finds out by trying. Standard input is the stranger's file.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import Any, NoReturn

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x10000000, 0x20000000, 0x40000000
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
# Rights of Landlock: what reads, what of a folder's rights a single file can have, and how many each version knows.
EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER, TRUNCATE = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14
RIGHTS_BY_VERSION = (13, 13, 14, 15, 15, 16)

_libc = ctypes.CDLL(None, use_errno=True)


def main(terms: str, *command: str) -> None:
    """Take the terms (JSON, written by `sandbox.run`), run the command, and end as it ends."""
    wanted = json.loads(terms)
    os.nice(19)
    if sys.platform == "linux":
        _on_one_core(wanted["parent"])
        _die_with(wanted["parent"])
        _into_a_world_of_its_own()
    us = os.getpid()
    child = os.fork()
    if not child:
        _become(wanted, us, command)
    for inherited in (0, 1, 2):
        os.close(inherited)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(us, -code)  # the same signal tells our parent the same
    os._exit(code)


def _on_one_core(worker: int) -> None:
    """A film's encoders are threads that would take every core there is: whoever reports must not wait for them."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[worker % len(cores)]})


def _die_with(parent: int) -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() not in {parent, 0}:  # it died before the kernel was told; 0: it is outside of our world
        os._exit(1)


def _into_a_world_of_its_own() -> None:
    """No network, no other processes; by root's right or, where allowed, in a user namespace."""
    world = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWPID
    if _libc.unshare(world) != 0:
        _libc.unshare(CLONE_NEWUSER | world)


def _become(wanted: dict[str, Any], parent: int, command: tuple[str, ...]) -> NoReturn:
    if sys.platform == "linux":
        _die_with(parent)
        _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _only_files(wanted["readable"], wanted["folder"])
    for name, value in wanted["limits"].items():  # processes are counted by namespace: after it was entered
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (least, least))
    os.execve(command[0], command, wanted["environment"])  # noqa: S606  # no shell is what we want


def _only_files(readable: list[str], folder: str) -> None:
    """Read what programs consist of, write the private folder, open nothing else (Landlock, Linux 5.13)."""
    version = _libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return
    everything = (1 << RIGHTS_BY_VERSION[min(version, len(RIGHTS_BY_VERSION)) - 1]) - 1
    # From version 4 also no TCP: the second field names binding and connecting, and no rule allows them.
    attributes = struct.pack("QQ", everything, 0b11) if version >= 4 else struct.pack("Q", everything)
    ruleset = _libc.syscall(LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    _allow(ruleset, folder, everything)
    _allow(ruleset, "/dev/null", READ_FILE | WRITE_FILE)
    for path in readable:
        _allow(ruleset, path, EXECUTE | READ_FILE | READ_FOLDER)
    _libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    if not Path(path).is_dir():
        rights &= EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    _libc.syscall(LANDLOCK_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, beneath), 0)
    os.close(beneath)


if __name__ == "__main__":
    main(*sys.argv[1:])
