"""Proof of work: solved, forged, late and idle."""

from datetime import datetime, timedelta

import pytest

from kit.clock import CHINA
from kit.proof import LIFE, ProofWrong, challenge, challenge_id, check, solve

KEY = b"k" * 32
NOW = datetime(2026, 2, 17, 9, 0, tzinfo=CHINA)
BITS = 8


def test_a_solved_challenge_passes_until_it_expires() -> None:
    """To the last second of its life, no longer."""
    asked = challenge(KEY, BITS, NOW)
    nonce = solve(asked)
    check(KEY, asked, nonce, NOW)
    check(KEY, asked, nonce, NOW + LIFE)
    with pytest.raises(ProofWrong):
        check(KEY, asked, nonce, NOW + LIFE + timedelta(seconds=1))


def test_an_unsolved_challenge_fails() -> None:
    """One of the nonces below the solution, which is the least."""
    asked = next(asked for asked in iter(lambda: challenge(KEY, BITS, NOW), "") if solve(asked) != "0")
    with pytest.raises(ProofWrong):
        check(KEY, asked, "0", NOW)


def test_every_changed_character_fails() -> None:
    """Fewer bits, a later expiry, a MAC of one's own making."""
    asked = challenge(KEY, BITS, NOW)
    for position, character in enumerate(asked):
        forged = asked[:position] + ("1" if character != "1" else "2") + asked[position + 1 :]
        with pytest.raises(ProofWrong):
            check(KEY, forged, "0", NOW)


def test_a_cheaper_challenge_cannot_be_made() -> None:
    """Zero bits asked by the client itself, and a challenge of another installation."""
    version, expiry, random, _, mac = challenge(KEY, BITS, NOW).split(".")
    with pytest.raises(ProofWrong):
        check(KEY, f"{version}.{expiry}.{random}.0.{mac}", "0", NOW)
    foreign = challenge(b"other" * 8, BITS, NOW)
    with pytest.raises(ProofWrong):
        check(KEY, foreign, solve(foreign), NOW)


@pytest.mark.parametrize("given", ["", "v1", "v1....", "v1.x.y.z.w", "一二三", "v1.١٢.00.8.00", "\ud800", "v1." * 9000])
def test_rubbish_is_refused_as_any_wrong_proof(given: str) -> None:
    """No other exception for whatever text comes."""
    with pytest.raises(ProofWrong):
        check(KEY, given, "0", NOW)


@pytest.mark.parametrize("nonce", ["", "\ud800", "0\n", "-1", "零", "0" * 33])
def test_odd_nonces_are_refused(nonce: str) -> None:
    """A nonce is letters and digits."""
    with pytest.raises(ProofWrong):
        check(KEY, challenge(KEY, 0, NOW), nonce, NOW)


def test_each_challenge_has_its_own_id() -> None:
    """By which the caller lets it pass once."""
    ids = {challenge_id(challenge(KEY, BITS, NOW)) for _ in range(100)}
    assert len(ids) == 100
    assert all(len(one) == 32 for one in ids)
