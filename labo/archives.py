"""ZIP archives as they come: cut, damaged, locked, or packed in a way that nothing here unpacks."""

import lzma
import struct
import zipfile
import zlib
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
