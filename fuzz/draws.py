"""What an input is read as: numbers, choices, and the values that break programs."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
LONGEST = 4_000

NUMBERS = (
    "0", "-0", "-1", "1", "0.1", "0,5", "1e308", "-1e308", "1e-320", "1e400", "nan", "NaN", "inf",
    "-inf", "Infinity", "9007199254740993", "18446744073709551616", "-9223372036854775809",
    "2147483648", "1" * 400, "9" * 5_000, "0" * 400, "1_000", "0x10", "٣", "½", "１２", "1 000",
    "1\u202f000,5", "1.000", "+3", "--3", "1e", "1e999999999", ".", ",", "12,5 %", "999999999999",
)  # fmt: skip
WORDS = (
    "", " ", "\0", "a\0b", "\n", "\r", "\r\n", "\t", "\u00a0", "\u200b", "\ufeff", "\u202eabc",
    "\u2066x", "é", "e\u0301", "Z̸̡͙a̷l̶g̵o̴" * 3, "👩\u200d👩\u200d👧", "\U0010ffff", "\ud7ff", "ﷺ",
    "İ", "ß", "ﬁ", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ufffe",
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "'=1", "=HYPERLINK(\"http://x\")",
    "<script>alert(1)</script>", "<!-- -->", "&lt;&amp;", "]]>", "{{ 7*7 }}", "{% debug %}",
    "%s%n%d", "{0.__class__}", "${x}", "`id`", "$(id)", "'; DROP TABLE x; --", "\" OR 1=1 --",
    "../../etc/passwd", "/etc/passwd", "..\\..\\x", "file:///etc/passwd", "C:\\x", "CON", ".", "..",
    "http://[::1", "http://127.0.0.1:1/", "javascript:alert(1)", "data:text/html,x", "//x",
    "None", "null", "undefined", "true", "True", "False", "oui", "non", "NA", "nd", "s", "#REF!",
    "0000-00-00", "2026-02-30", "9999-12-31", "10000-01-01", "0001-01-01", "2026-13-01",
    "2026-01-01T00:00:00Z", "2026-01-01T25:61:61", "31/12/2027", "00/00/0000", "1e5", "1-1-1",
    "QN00101M", "QN99901M", "999000001", "99001", "01001", "2A004", "999000001_x",
    "a" * 2_000, "é" * 2_000, "👍" * 700, "a\u0301" * 1_000, " " * 2_000, "\n" * 500, "(" * 500,
    "[" * 2_000, "1,2;" * 500, "\"", "\"\"", "'", "\\", "|", ";", ",", "a;b,c|d",
    "FeatureCollection", "Point", "POINT (1 2)", "EPSG:4326",
)  # fmt: skip
FLOATS = (
    0.0, -0.0, 1.0, -1.0, 1e308, -1e308, 5e-324, 1e18, -1e18, 180.0, 181.0, 90.0, 91.0, 1e7, 2.5,
    float("nan"), float("inf"), float("-inf"), 48.5, 7.5, 652_000.0, 6_862_000.0,
)  # fmt: skip
INTEGERS = (
    *(0, 1, -1, 2, 127, 128, 255, 256, 65_535, 65_536, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**63),
    *(-(2**63), 10**30, 2026, 9999, 10_000),
)
MAGIC = (
    *(b"\0", b"\xff", b"\x7f", b"\x80", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"),
    *(b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"II*\0", b"MM\0*", b"II+\0", b"\x89HDF"),
    *(b"SQLite format 3\0", b"GP\0\x01", b"PAR1", b"%PDF-", b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 64),
    *(b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF", b"ftypM4A ", b"<svg onload=x>", b"\xc0\xaf"),
)  # fmt: skip


class Draws:
    """Reads an input as numbers and choices; when it is used up, everything is nought."""

    def __init__(self, given: bytes) -> None:
        self._given, self._at = given, 0

    @property
    def more(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._given)

    def byte(self) -> int:
        """Return the next byte."""
        if not self.more:
            return 0
        self._at += 1
        return self._given[self._at - 1]

    def below(self, most: int) -> int:
        """Return a number below `most`."""
        if most <= 1:
            return 0
        found = self.byte()
        if most > 256:
            found = found << 8 | self.byte()
        if most > 65_536:
            found = found << 8 | self.byte()
        return found % most

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of them."""
        return choices[self.below(len(choices))]

    def rest(self) -> bytes:
        """Return what is left, unread."""
        found, self._at = self._given[self._at :], len(self._given)
        return found

    def text(self, like: str = "") -> str:
        """Return a hostile text, or what a text becomes when it is changed a little."""
        like = like[:LONGEST]
        match self.below(8):
            case 0 | 1:
                return self.pick(WORDS)
            case 2 | 3:
                return self.pick(NUMBERS)
            case 4:
                return like + self.pick(WORDS)
            case 5:
                at = self.below(len(like) + 1)
                return (
                    like[:at]
                    + chr(self.below(0x110000)).encode(errors="replace").decode()
                    + like[at:]
                )
            case 6:
                return self.pick(
                    (like[:-1], like[1:], like * 2, like.upper(), like[::-1], like * 300)
                )
            case _:
                size = 1 + self.below(8)
                return bytes(self.byte() for _ in range(size)).decode("utf-8", errors="replace")


def changed_bytes(draws: Draws, content: bytes) -> bytes:
    """Return bytes after one change."""
    at = draws.below(len(content) + 1)
    match draws.below(7):
        case 0:
            return content[:at]
        case 1:
            end = at + 1 + draws.below(64)
            return content[:at] + content[end:]
        case 2:
            return content[:at] + draws.pick(MAGIC) + content[at:]
        case 3:
            new = draws.pick(MAGIC)
            return content[:at] + new + content[at + len(new) :]
        case 4:
            return content[:at] + bytes((draws.byte(),)) + content[at + 1 :]
        case 5:
            end = at + draws.below(256)
            return content[:end] + content[at:]
        case _:
            if at >= len(content):
                return content
            return content[:at] + bytes((content[at] ^ 1 << draws.below(8),)) + content[at + 1 :]
