"""ZIP archives as they come: cut, damaged, locked, or packed in a way that nothing here unpacks."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from labo.errors import BadInput

# What opening or reading an archive raises; which of them depends on the byte that is wrong.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError),
)


def names(path: Path, expected: str = "ZIP archive") -> list[str]:
    """Return the names in an archive.

    Raises:
        BadInput: it is not a whole one; `expected` says of what.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except BROKEN as error:
        raise BadInput(
            f"{path} is not a whole {expected} ({error}): it was probably cut while downloading; "
            "delete it and fetch it again."
        ) from error


def member(path: Path, endings: Sequence[str], prefer: str = "") -> str:
    """Return the name of the file to read in a ZIP.

    One whose name contains `prefer` wins, then one of an earlier ending, then the shortest name.

    Raises:
        BadInput: not a whole ZIP, or nothing in it has such an ending.
    """
    members = [m for m in names(path) if not m.endswith("/")]
    # Archives made on a Mac hold a shadow of every file.
    hits = [m for m in members if _ending(m, endings) is not None and "__MACOSX" not in m]
    if not hits:
        raise BadInput(
            f"{path} holds {', '.join(members[:5]) or 'nothing'}; expected a file ending in "
            f"{' or '.join(endings)}: unpack it and name the right file in mirror.toml."
        )
    return min(
        hits,
        key=lambda m: (
            prefer.lower() not in m.rpartition("/")[2].lower(),
            _ending(m, endings),
            len(m),
            m,
        ),
    )


def _ending(member: str, endings: Sequence[str]) -> int | None:
    found = [i for i, ending in enumerate(endings) if member.lower().endswith(ending)]
    return found[0] if found else None
