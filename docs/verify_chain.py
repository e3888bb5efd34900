#!/usr/bin/env python3
"""Check the JSON of GET /api/v1/matters/{number}/chain, with nothing but Python: verify_chain.py chain.json [N:HASH …].

N:HASH is a hash noted down earlier: 1:entry_hash of the answer to the report, or N:head as a printed receipt has it.
"""

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any


def hashed(salt: str, content: Any) -> bytes:
    """SHA-256 of a salt and of content as JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(bytes.fromhex(salt) + text.encode()).digest()


def faults(chain: dict[str, Any], noted: dict[int, str]) -> list[str]:
    """Everything that is wrong, by entry."""
    found, before = [], bytes(32)
    for place, link in enumerate(chain["links"], start=1):
        facts, body = bytes.fromhex(link["facts_hash"]), bytes.fromhex(link["body_hash"])
        if link["seq"] != place:
            found.append(f"{place}: missing or out of order")
        if "facts" in link and (hashed(link["facts_salt"], link["facts"]) != facts or link["facts"]["seq"] != place):
            found.append(f"{place}: time, verb, actor or stage was altered")
        if "public" in link:
            public = hashed(link["public_salt"], link["public"])
            if sha256(public + bytes.fromhex(link["private_hash"])).digest() != body:
                found.append(f"{place}: what was said was altered")
        before = sha256(before + place.to_bytes(4, "big") + facts + body).digest()
        if before.hex() != link["hash"] or noted.get(place, link["hash"]) != link["hash"]:
            found.append(f"{place}: is not the entry that was chained or noted here")
    found += [f"{place}: was noted, but is gone" for place in noted if place > len(chain["links"])]
    return found if before.hex() == chain["head"] else [*found, "the head is not the last entry's hash"]


if __name__ == "__main__":
    content = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    wrong = faults(content, {int(pair.partition(":")[0]): pair.partition(":")[2] for pair in sys.argv[2:]})
    if wrong:
        sys.exit("\n".join(wrong))
    sys.stdout.write(f"{len(content['links'])} entries: intact\n")
