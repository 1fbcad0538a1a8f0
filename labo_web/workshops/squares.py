"""QR codes of addresses."""

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_of(address: str) -> SafeString:
    """Return the QR code of an address, as SVG: dark on light whatever the colours of the page."""
    code = segno.make(address, error="m")
    # Written by segno, which quotes the address.
    return mark_safe(  # noqa: S308  # nosec B308 B703
        code.svg_inline(scale=4, dark="#000", light="#fff", border=3, omitsize=True)
    )
