"""What the engine refuses of a partner's file, said in French to whoever sent it.

What has no sentence of ours keeps the engine's own words, told to be so.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from labo_web.programme.models import Dataset

HELD = {
    "a name": "un nom",
    "a first name": "un prénom",
    "an e-mail address": "une adresse électronique",
    "a telephone number": "un numéro de téléphone",
    "a social security number": "un numéro de sécurité sociale",
    "a personal file number": "un numéro de dossier personnel",
    "a bank account": "un compte bancaire",
    "a street address": "une adresse",
    "a whole date of birth": "une date de naissance entière",
    "something that may be a name, a date or a number of its own": (
        "ce qui peut être un nom, une date ou un vrai numéro"
    ),
}


class Refusal(Exception):
    """Why a file is refused, in one sentence; `words` are the engine's, where there is none.

    `column` is the one that it is about and `columns` those that were read, where that is known.
    """

    def __init__(
        self, said: str, words: str = "", column: str = "", columns: tuple[str, ...] = ()
    ) -> None:
        super().__init__(said)
        self.said, self.words = said, words
        self.column, self.columns = column, columns


Said = Callable[[re.Match[str]], str]
_SENTENCES: tuple[tuple[str, Said], ...] = (
    (
        r"column '(?P<name>[^']*)'.*would hold (?P<what>[^,]+), which is never imported",
        lambda m: (
            f"La colonne « {m['name']} » contiendrait {HELD.get(m['what'], m['what'])} : rien "
            "n’a été lu. Demandez au partenaire un fichier sans elle, ou renommez-la si elle "
            "contient autre chose."
        ),
    ),
    (
        r"column '(?P<name>[^']*)', line (?P<line>\d+), holds (?P<what>.+): nothing was read",
        lambda m: (
            f"Ligne {m['line']}, la colonne « {m['name']} » contient "
            f"{HELD.get(m['what'], m['what'])} : rien n’a été lu. Demandez un fichier où "
            "personne ne peut être reconnu."
        ),
    ),
    (
        r"lacks the declared column '(?P<name>[^']*)'; it has (?P<found>.*): correct",
        lambda m: (
            f"La colonne « {m['name']} » n’est pas dans le fichier. On y a lu : "
            f"{m['found'].replace('no column', 'aucune colonne')}. Corrigez la description, ou "
            "demandez le fichier entier."
        ),
    ),
    (
        r"has two columns named '(?P<name>[^']*)'",
        lambda m: f"Deux colonnes s’appellent « {m['name']} » : gardez-en une.",
    ),
    (
        r"has a header and no row",
        lambda _: "Le fichier a des noms de colonnes et aucune ligne : demandez-le entier.",
    ),
    (
        r"leaves fewer than (?P<n>\d+) rows",
        lambda m: (
            f"Il reste moins de {m['n']} lignes que l’on puisse compter : on ne peut rien en "
            "dire sans parler de quelques personnes. Vérifiez les colonnes et le territoire."
        ),
    ),
    (
        r"is not a regular CSV table after line (?P<line>\d+)",
        lambda m: (
            f"Après la ligne {m['line']}, le fichier n’est plus un tableau CSV régulier : un "
            "guillemet est sans doute resté ouvert. Enregistrez-le de nouveau."
        ),
    ),
    (
        r"is not a text",
        lambda _: "Ce fichier n’est pas un CSV : enregistrez-le en .csv ou en .xlsx.",
    ),
    (r"is empty", lambda _: "Le fichier est vide : demandez-le de nouveau."),
    (
        r"is not a readable XLSX",
        lambda _: "Ce classeur ne s’ouvre pas : enregistrez-le de nouveau en .xlsx.",
    ),
    (
        r"has no row holding '(?P<name>[^']*)'",
        lambda m: (
            f"La colonne « {m['name']} » n’est dans aucune des premières lignes de la "
            "première feuille : corrigez la description, ou mettez le tableau sur cette feuille."
        ),
    ),
    (
        r"No row bears the code of a zone of the territory",
        lambda _: (
            "Aucune ligne ne porte le code d’un quartier ou d’une commune d’ici : vérifiez "
            "la colonne, le territoire, et la génération des QPV (QN pour 2024, QP pour 2015)."
        ),
    ),
    (
        r"None of the (?P<n>\d+) rows .* lies in",
        lambda m: (
            f"Aucune des {m['n']} lignes n’est dans ce territoire : les coordonnées sont "
            "d’ailleurs, ou dans un autre système que celui qui est décrit."
        ),
    ),
    (
        r"gives every zone several times",
        lambda _: "Chaque zone est donnée plusieurs fois : il faut une ligne par zone.",
    ),
    (
        r"holds points: say on which zones",
        lambda _: (
            "Le fichier donne des points, et ce territoire n’a pas encore de livraison qui "
            "dise où sont ses quartiers."
        ),
    ),
    (
        r"the column (?:named )?'(?P<name>[^']*)'.*births|column '(?P<other>[^']*)' holds births",
        lambda m: (
            f"La colonne « {m['name'] or m['other']} » contient des naissances : demandez au "
            "partenaire l’année seule."
        ),
    ),
    (
        r"(?:two columns have the (?:id|name)) '(?P<name>[^']*)'",
        lambda m: f"Deux colonnes sont décrites sous le même nom, « {m['name']} » : changez-en un.",
    ),
    (
        r"is not valid TOML",
        lambda _: "La description n’est pas un fichier TOML : partez du modèle proposé ici.",
    ),
)


def said_of(error: Exception, paths: dict[str, str], dataset: Dataset) -> Refusal:
    """Return a refusal of the engine in French; `paths` says by which names files are known."""
    words = str(error)
    for path, name in paths.items():
        words = words.replace(path, name)
    for pattern, sentence in _SENTENCES:
        if found := re.search(pattern, words):
            if "lacks" not in pattern:
                return Refusal(sentence(found))
            read = "" if found["found"] == "no column" else found["found"]
            columns = tuple(x for x in read.split(", ") if x)
            return Refusal(sentence(found), column=found["name"], columns=columns)
    return Refusal(
        f"Le fichier ou sa description ne convient pas pour « {dataset.label} ». Le calcul le dit "
        "ainsi, en anglais :",
        words,
    )
