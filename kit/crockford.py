"""Codes that people read, type and dictate: Crockford's base 32, without I, L, O and U."""

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BY_BYTE = ALPHABET.encode() * 8  # 256 is 8 times 32: each character is as likely as another
_MISREAD = str.maketrans("OIL", "011")


def random_code(length: int) -> str:
    """So many random characters of 5 bits each; a receipt's secret has 16, which is 80 bits."""
    return spelled(secrets.token_bytes(length))


def spelled(raw: bytes) -> str:
    """A character for each byte, by 5 of its bits."""
    return raw.translate(_BY_BYTE).decode()


def normal(text: str) -> str:
    """The code as it was given out, from how a person typed it.

    Full-width and small letters, spaces, hyphens and O, I, L for 0, 1, 1 are mended; whatever else is there
    stays, so a wrong code stays wrong.
    """
    letters = unicodedata.normalize("NFKC", text).upper()
    return "".join(letter for letter in letters if not _separates(letter)).translate(_MISREAD)


def grouped(code: str, size: int = 4) -> str:
    """The code with hyphens, for reading: ABCD-EFGH."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def _separates(letter: str) -> bool:
    # Pd: hyphens and dashes; Cf: the invisible characters that come along when text is pasted
    return letter.isspace() or letter == "\N{MINUS SIGN}" or unicodedata.category(letter) in {"Pd", "Cf"}
