"""Office files are zip archives that hold the clock: here they hold the day of the release."""

import datetime as dt
import io
import re
import zipfile

CORE = "docProps/core.xml"
STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def settled(archive: bytes, day: dt.date) -> bytes:
    """Return an office file dated by a day: the same content gives the same bytes."""
    out = io.BytesIO()
    stamp = f"{day.isoformat()}T12:00:00Z".encode()
    moment = (max(day.year, 1980), day.month, day.day, 12, 0, 0)  # a zip knows nothing older
    with zipfile.ZipFile(io.BytesIO(archive)) as found, zipfile.ZipFile(out, "w") as made:
        for name in found.namelist():
            content = found.read(name)
            if name == CORE:
                content = STAMP.sub(rb"\g<1>" + stamp, content)
            member = zipfile.ZipInfo(name, moment)
            member.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(member, content)
    return out.getvalue()
