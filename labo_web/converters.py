"""Parts of addresses: what they may be made of. Importing this registers them."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class CodeConverter(StringConverter):
    """Codes of territories, zones, indicators and releases: nothing longer or stranger."""

    regex = r"[\w.-]{1,100}"


class KindConverter(StringConverter):
    """What a document may be written as."""

    regex = "pdf|docx"


class RoomConverter(StringConverter):
    """The code of a room, as people type it."""

    regex = "[0-9A-Za-z]{6}"


register_converter(CodeConverter, "code")
register_converter(KindConverter, "kind")
register_converter(RoomConverter, "room")
