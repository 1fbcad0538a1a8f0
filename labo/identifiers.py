"""What tells who a person is: names of columns and shapes of values that no import may hold.

A value that is found is never quoted: whoever is told gets its column and its line.
"""

import re
import unicodedata

# Words of a column's name, without accents, and what such a column holds.
WORDS = {
    "nom": "a name",
    "noms": "a name",
    "prenom": "a first name",
    "prenoms": "a first name",
    "patronyme": "a name",
    "surname": "a name",
    "lastname": "a name",
    "firstname": "a first name",
    "email": "an e-mail address",
    "mail": "an e-mail address",
    "courriel": "an e-mail address",
    "tel": "a telephone number",
    "telephone": "a telephone number",
    "portable": "a telephone number",
    "mobile": "a telephone number",
    "phone": "a telephone number",
    "nir": "a social security number",
    "nss": "a social security number",
    "secu": "a social security number",
    "matricule": "a personal file number",
    "allocataire": "a personal file number",
    "iban": "a bank account",
    "rib": "a bank account",
    "adresse": "a street address",
    "address": "a street address",
    "rue": "a street address",
    "voie": "a street address",
}
# Beside one of these a name is that of a place or an organisation.
PLACES = {"qpv", "quartier", "commune", "ville", "iris", "zone", "epci", "bailleur", "organisme"}
NAMES = {"a name"}
# A number of people is not one of them: nb_allocataires.
COUNTS = {"nb", "nombre", "effectif", "effectifs", "part", "taux"}
BIRTH = {"naissance", "birth", "birthdate", "birthday", "ddn"}

# One character before the @ is enough: with as many as there are, a long text takes minutes.
EMAIL = re.compile(r"[^\s@]@[^\s@]+\.[^\s@.]{2,}")
PHONE = re.compile(r"(?:(?:\+|00)33[ .-]?(?:\(0\))?|0)[1-9](?:[ .-]?\d{2}){4}")
# Sex, year, month (above 20 where it was not known), department, commune, order, key.
NIR = re.compile(
    r"(?P<number>[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6})(?P<key>\d{2})?"
)
FULL_DATE = re.compile(
    r"(?:(?:19|20)\d{2}[-/.]?[01]\d[-/.]?[0-3]\d|[0-3]?\d[-/.][01]?\d[-/.](?:19|20)?\d{2})"
    r"(?:[T ][\d:.]+)?"
)
OPAQUE = re.compile(r"[0-9A-Za-z_-]{8,128}")


def words_of(name: str) -> set[str]:
    """Return the words of a column's name: small letters, no accents, no plural."""
    bare = unicodedata.normalize("NFKD", name)
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    bare = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare).lower()
    bare = re.sub(r"\be[ _.-]mail", "email", bare)
    return {
        word
        for part in re.split(r"[^a-z]+", bare)
        if part
        for word in (part, part.removesuffix("s"))
    }


def named_like(name: str) -> str | None:
    """Return what a column of that name would tell of a person; None if nothing."""
    words = words_of(name)
    if words & COUNTS or words & {"address_id"} or {"address", "id"} <= words:
        return None
    for word, what in WORDS.items():
        if word in words and not (what in NAMES and words & PLACES):
            return what
    return None


def of_birth(name: str) -> bool:
    """Say whether a column of that name holds births."""
    return bool(words_of(name) & BIRTH)


def is_nir(text: str, *, keyless: bool = False) -> bool:
    """Say whether a text is a French social security number with its key.

    With `keyless`, thirteen digits without the key, or with a wrong one, are taken for one too.
    """
    found = NIR.fullmatch(re.sub(r"[\s.-]", "", text.upper()))
    if found is None:
        return False
    number = found["number"]
    for letter, stands_for in (("2A", "19"), ("2B", "18")):
        if number[5:7] == letter:
            number = number[:5] + stands_for + number[7:]
    right = found["key"] is not None and int(found["key"]) == 97 - int(number) % 97
    return right or keyless


def looks_like(text: str) -> str | None:
    """Return what of a person a value is; None where it is nothing of the kind."""
    if "@" in text and EMAIL.search(text):
        return "an e-mail address"
    if PHONE.fullmatch(text.strip()):
        return "a telephone number"
    if len(text) >= 13 and is_nir(text):
        return "a social security number"
    return None


def is_opaque(text: str) -> bool:
    """Say whether a pseudonym tells nothing by itself.

    It is 8 to 128 letters and digits, with a digit at least (a name has none), and no date,
    telephone or social security number.
    """
    return (
        OPAQUE.fullmatch(text) is not None
        and any(c.isdigit() for c in text)
        and FULL_DATE.fullmatch(text) is None
        and looks_like(text) is None
        and not is_nir(text, keyless=True)
    )
