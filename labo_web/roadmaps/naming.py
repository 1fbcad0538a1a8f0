"""What a public sentence may not hold: the name of a person or of a body, an address, a number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from labo_web.accounts.models import Organisation, Role
from labo_web.roadmaps.models import Action

MAIL = re.compile(r"[^\s@]+@[^\s@]+\.\w+")
PHONE = re.compile(r"(?:\+33|0)\s?[1-9](?:[\s.]?\d{2}){4}")
TITLED = re.compile(r"\b(?:M\.|MM\.|Mme|Mmes|Mlle|Monsieur|Madame)\s+[A-ZÉÈÀ]\w+")
SHORTEST = 4  # letters of a name that is looked for: shorter ones are in too many words


def listed(names: Sequence[str]) -> str:
    """Return names in a sentence: a, b et c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} et {names[-1]}"


def folded(text: str) -> str:
    """Return a text without accents, capitals nor marks, for comparing."""
    plain = unicodedata.normalize("NFD", text.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.split())


def named_in(text: str, action: Action) -> str:
    """Return who or what a text names, in the words of the text's reader; nothing if nobody."""
    return found_in(text, _known(action))


def found_in(text: str, names: Sequence[str]) -> str:
    """Return which of some names, or which address or number, a text holds; nothing if none."""
    for pattern in (MAIL, PHONE, TITLED):
        if match := pattern.search(text):
            return match.group()
    read = f" {folded(text)} "
    for name in names:
        plain = folded(name)
        # A name of one word, such as « Ville », is one only where it is written as one.
        if " " in plain:
            found = f" {plain} " in read
        else:
            found = (
                len(plain) >= SHORTEST and re.search(rf"\b{re.escape(name)}\b", text) is not None
            )
        if found:
            return name
    return ""


def _known(action: Action) -> list[str]:
    """Return the names of all bodies, and of those who have a role in the territory."""
    bodies = Organisation.objects.values_list("name", flat=True)
    return [action.carrier, *bodies, *people_of(action.roadmap.territory_id)]


def people_of(territory: int) -> list[str]:
    """Return the names of those who have a role in a territory."""
    here = Role.objects.filter(territory=territory)
    return [name for name in here.values_list("person__name", flat=True).distinct() if name]
