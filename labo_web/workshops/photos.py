"""Photos that phones send: opened with care, made again without what they say of their author."""

from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageOps

MOST_BYTES = 12_000_000
MOST_PIXELS = 50_000_000
SIDE = 1_600  # pixels kept on the long side
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")


class BadMedium(Exception):
    """A file that is not taken; its text is the sentence to show."""


class Photo(NamedTuple):
    """A JPEG without metadata, and its size in pixels."""

    content: bytes
    width: int
    height: int


def clean_photo(given: bytes, side: int = SIDE) -> Photo:
    """Return the photo made again: turned upright, at most `side` wide or high, no metadata.

    Raises:
        BadMedium: it is too heavy, too large, of another format, or broken.
    """
    if len(given) > MOST_BYTES:
        raise BadMedium(
            f"Cette photo pèse {len(given) / 1e6:.0f} Mo : {MOST_BYTES / 1e6:.0f} Mo au plus. "
            "Prenez-la en taille moyenne."
        )
    try:
        # Only the head is read here: no pixel is unpacked before the size is known.
        with Image.open(BytesIO(given), formats=FORMATS) as found:
            width, height = found.size
            if width * height > MOST_PIXELS:
                raise BadMedium(
                    f"Cette photo a {width} × {height} points, c’est trop. Prenez-la en taille "
                    "moyenne."
                )
            found.draft("RGB", (side, side))  # a large JPEG is unpacked at a fraction of its size
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((side, side))
            # What is seen through is white; a new image has none of the metadata.
            plain = Image.new("RGB", upright.size, "white")
            over = upright.convert("RGBA")
            plain.paste(over, mask=over.getchannel("A"))
    except Image.DecompressionBombError as error:
        raise BadMedium("Cette photo est bien trop grande. Prenez-la en taille moyenne.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise BadMedium(
            "Ce fichier n’est pas une photo que l’on sait lire : envoyez une image JPEG, PNG ou "
            "WebP."
        ) from error
    out = BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Photo(out.getvalue(), *plain.size)
