"""Sealed boxes: published vectors, every byte tampered with, and codes that people type."""

from itertools import combinations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as some

from kit import crypto
from kit.crockford import ALPHABET, grouped, normal, random_code
from kit.crypto import Unreadable, derive, keyed_hash, new_key, open_, open_with, same, seal, unwrap, wrap

KEY = bytes(range(32))
CIPHERS = pytest.mark.parametrize("cipher", ["aes", "sm4"])


def test_sm4_gcm_gives_the_published_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8998, appendix A.1; only there is the key of 16 bytes used as it is."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    about = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    sealed = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    monkeypatch.setattr(crypto, "_sm4_key", lambda given: given)
    pair = crypto._CIPHERS[2]
    assert pair.encrypt(key, nonce, plain, about) == sealed
    assert pair.decrypt(key, nonce, sealed, about) == plain


def test_aes_gcm_gives_the_published_answer() -> None:
    """Test case 16 of the GCM specification submitted to NIST."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    about = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    sealed = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )
    pair = crypto._CIPHERS[1]
    assert pair.encrypt(key, nonce, plain, about) == sealed
    assert pair.decrypt(key, nonce, sealed, about) == plain


def test_a_box_keeps_its_layout() -> None:
    """What is stored today opens in years to come: version, nonce, ciphertext and tag, version bound into the tag."""
    aes, sm4 = (seal(KEY, b"plain", about=b"a", cipher=cipher) for cipher in ("aes", "sm4"))
    assert AESGCM(KEY).decrypt(aes[1:13], aes[13:], b"\x01a") == b"plain"
    context = Cipher(algorithms.SM4(derive(KEY, b"sm4", 16)), modes.GCM(sm4[1:13], sm4[-16:])).decryptor()
    context.authenticate_additional_data(b"\x02a")
    assert context.update(sm4[13:-16]) + context.finalize() == b"plain"


@CIPHERS
@given(plain=some.binary(max_size=200), about=some.binary(max_size=40))
def test_what_is_sealed_opens(cipher: str, plain: bytes, about: bytes) -> None:
    """Empty input included."""
    box = seal(KEY, plain, about=about, cipher=cipher)
    assert open_(KEY, box, about=about) == plain
    assert len(box) == 1 + 12 + len(plain) + 16


@CIPHERS
def test_a_change_of_any_byte_shows(cipher: str) -> None:
    """Every position, every bit; the byte that names the cipher too."""
    box = seal(KEY, "举报人".encode(), about=b"case 1", cipher=cipher)
    for position in range(len(box)):
        for bit in range(8):
            changed = bytearray(box)
            changed[position] ^= 1 << bit
            with pytest.raises(Unreadable):
                open_(KEY, bytes(changed), about=b"case 1")


@CIPHERS
def test_a_box_opens_only_whole_with_its_key_and_for_its_purpose(cipher: str) -> None:
    """Cut, lengthened, moved to another row, or opened with another key: all the same refusal."""
    box = seal(KEY, b"plain", about=b"case 1", cipher=cipher)
    boxes = [box[:length] for length in range(len(box))] + [box + b"\0"]
    for wrong in boxes:
        with pytest.raises(Unreadable):
            open_(KEY, wrong, about=b"case 1")
    with pytest.raises(Unreadable):
        open_(KEY, box, about=b"case 2")
    with pytest.raises(Unreadable):
        open_(new_key(), box, about=b"case 1")


def test_no_two_boxes_are_alike() -> None:
    """A nonce is never used twice."""
    nonces = {seal(KEY, b"plain", about=b"")[1:13] for _ in range(1000)}
    assert len(nonces) == 1000


def test_keys_of_another_length_and_unknown_ciphers_are_bugs() -> None:
    """They raise at once instead of sealing weakly."""
    with pytest.raises(ValueError, match="32 bytes"):
        seal(KEY[:16], b"", about=b"")
    with pytest.raises(ValueError, match="32 bytes"):
        open_(KEY[:16], seal(KEY, b"", about=b""), about=b"")
    with pytest.raises(KeyError):
        seal(KEY, b"", about=b"", cipher="des")


@CIPHERS
def test_a_data_key_is_wrapped(cipher: str) -> None:
    """A wrapped key cannot be passed off as a box of text, nor for another case."""
    key = new_key()
    wrapped = wrap(KEY, key, about=b"case 1", cipher=cipher)
    assert len(key) == 32
    assert unwrap([KEY], wrapped, about=b"case 1") == key
    with pytest.raises(Unreadable):
        unwrap([KEY], wrapped, about=b"case 2")
    with pytest.raises(Unreadable):
        open_(KEY, wrapped, about=b"case 1")


def test_whichever_of_the_keys_it_was_opens_a_box() -> None:
    """During a rotation two keys open, and none of two others."""
    other, box = new_key(), seal(KEY, b"plain", about=b"it")
    assert open_with([other, KEY], box, about=b"it") == open_with([KEY, other], box, about=b"it") == b"plain"
    for keys, about in (([other, new_key()], b"it"), ([], b"it"), ([KEY], b"another")):
        with pytest.raises(Unreadable):
            open_with(keys, box, about=about)


def test_keyed_hash_tells_lists_of_parts_apart() -> None:
    """Whatever way the same bytes are cut, the hashes differ; the key counts."""
    lists: list[tuple[bytes, ...]] = [
        (),
        (b"",),
        (b"", b""),
        (b"ab", b"c"),
        (b"a", b"bc"),
        (b"abc",),
        (b"a", b"b", b"c"),
    ]
    hashes = [keyed_hash(KEY, *parts) for parts in lists]
    assert all(one != other for one, other in combinations(hashes, 2))
    assert keyed_hash(KEY, b"abc") != keyed_hash(new_key(), b"abc")
    assert len(hashes[0]) == 32


def test_derive_is_hkdf() -> None:
    """RFC 5869, test case 3 (no salt, no info)."""
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    assert derive(b"\x0b" * 22, b"", 42).hex() == expected
    assert derive(KEY, b"one") != derive(KEY, b"other")


def test_same_compares() -> None:
    """By content."""
    assert same(b"abc", bytes(bytearray(b"abc")))
    assert not same(b"abc", b"abd")
    assert not same(b"abc", b"ab")


def test_codes_are_random_and_readable() -> None:
    """16 characters of 32: no two alike, no character that is read as another."""
    codes = {random_code(16) for _ in range(1000)}
    assert len(codes) == 1000
    assert set("".join(codes)) == set(ALPHABET)
    assert len(ALPHABET) == 32
    assert not set(ALPHABET) & set("ILOU")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abcd-efgh", "ABCDEFGH"),
        (" ABCD EFGH\n", "ABCDEFGH"),
        ("ＡＢＣＤ－ＥＦＧＨ", "ABCDEFGH"),
        ("ABCD—EFGH", "ABCDEFGH"),
        ("\ufeffABCD\u200b\u3000EFGH", "ABCDEFGH"),
        ("oOiIlL", "001111"),
        ("Ｏ０ｌ１", "0011"),
        ("U!", "U!"),
        ("", ""),
    ],
)
def test_what_people_type_is_mended(typed: str, code: str) -> None:
    """Full-width, small letters, separators, look-alikes; the rest stays wrong."""
    assert normal(typed) == code


@given(some.integers(0, 40))
def test_a_grouped_code_reads_back(length: int) -> None:
    """Grouping loses nothing."""
    code = random_code(length)
    assert normal(grouped(code)) == code
    assert all(len(group) <= 4 for group in grouped(code).split("-"))
