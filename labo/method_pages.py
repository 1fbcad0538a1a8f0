"""The method pages: one for each indicator, in French, written from what is declared.

Nothing here says more than the declarations do, but for what the ways of reaching a zone have in
common (`labo.way_words`). The pages are Markdown, the same for the same catalogue, without a date.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from labo import words
from labo.catalogue import INDICATORS, LAYERS, PLACES, SOURCES
from labo.comparability import RULES
from labo.errors import LaboError
from labo.estimate import Estimate
from labo.formula import in_words, measured
from labo.indicator import Indicator
from labo.layer import Layer
from labo.source import Source, datasets
from labo.typography import curled
from labo.way import Climate, Walk
from labo.way_words import carried_in_words, covered, limits_of

# The first line of every page: by it one that is not ours is told, and left alone.
MARK = (
    "<!-- Page écrite par `labo pages` d'après le catalogue : c'est la déclaration qui se "
    "corrige, pas la page. -->"
)
INDEX, LAYER_PAGE, PLACE_PAGE, SOURCE_PAGE = "README.md", "couches.md", "lieux.md", "sources.md"
SECTIONS = (
    "Définition",
    "Lecture",
    "Formule",
    "Unité et sens",
    "Composante",
    "Aléas",
    "Couches lues",
    "De la source au quartier",
    "Erreur déclarée",
    "Sources",
    "Intervalle",
    "Se compare à",
    "Limites",
)
KINDS = {"extensive": "quantité qui s'additionne", "field": "champ, qui se moyenne"}
GRADES = {"verified": "vérifié", "to_check": "à vérifier"}
# The same figure under both vocabularies: what AR6 calls the hazard, TACCT calls exposure.
READINGS = {
    "hazard": (
        "aléa, le phénomène qui peut frapper",
        "exposition, au sens de TACCT : le phénomène lui-même, et non les personnes",
    ),
    "exposure": (
        "exposition, les personnes et les logements présents là où l'aléa frappe",
        (
            "sensibilité, pour ce qui est présent et peut être touché : ce n'est pas l'exposition "
            "de TACCT"
        ),
    ),
    "sensitivity": (
        "vulnérabilité, par la sensibilité",
        "sensibilité",
    ),
    "adaptive_capacity": (
        "vulnérabilité, par la capacité d'adaptation, qui la réduit",
        "sensibilité, que la capacité d'adaptation réduit",
    ),
}
TWO_READINGS = (
    "Le mot « exposition » n'a pas le même sens dans les deux : pour le GIEC (AR6), ce sont les "
    "personnes et les biens présents ; pour TACCT (ADEME), c'est l'évolution du climat. Le Labo "
    "garde quatre composantes neutres ; seule la lecture change, jamais le calcul. La lecture "
    "TACCT est à vérifier dans le guide de l'ADEME."
)
SHARE_ALIKE = (
    "ODbL : partage à l'identique. Qui publie une base dérivée de cette source la publie sous la "
    "même licence et cite le producteur."
)
# A sentence of a definition that says what the figure is not, does not hold, or supposes.
LIMITING = re.compile(
    r"\b(ne|n'\w+|ni|pas|jamais|sans|seule?s?|seulement|plafonn\w*|suppos\w*|modèle|potentiel|"
    r"vérifier|manqu\w+|au-delà)\b",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[A-ZÀ-ÖØ-Þ«])")


def pages() -> dict[str, str]:
    """Return every page by its file name.

    Raises:
        TypeError: two pages have one name, or a formula has no words.
    """
    fixed = {
        INDEX: _index(),
        LAYER_PAGE: _layers(),
        PLACE_PAGE: _places(),
        SOURCE_PAGE: _sources(),
    }
    own = {f"{x.id}.md": _indicator(x) for x in INDICATORS}
    if twice := sorted(set(fixed) & set(own)):
        raise TypeError(f"an indicator may not be named {twice[0].removesuffix('.md')!r}")
    return fixed | own


def write(folder: Path) -> tuple[list[str], list[str]]:
    """Write the pages into a folder, and remove those of indicators that are no more.

    Returns:
        the names of what was written or changed, and of what was removed.

    Raises:
        LaboError: a file that `labo pages` did not write stands where a page should.
    """
    found = pages()
    here = {path.name: path for path in sorted(folder.glob("*.md"))} if folder.is_dir() else {}
    ours = {name for name, path in here.items() if _read(path).startswith(MARK)}
    if foreign := sorted(set(here) & set(found) - ours):
        raise LaboError(
            f"{str(folder / foreign[0])!r} was not written by `labo pages`: move it away, or "
            "choose another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    changed = [n for n, text in found.items() if n not in here or _read(here[n]) != text]
    for name in changed:
        (folder / name).write_text(found[name], encoding="utf-8", newline="\n")
    gone = sorted(ours - set(found))
    for name in gone:
        here[name].unlink()
    return changed, gone


def outdated(folder: Path) -> list[str]:
    """Return the names of pages that are missing, changed or left over in a folder."""
    found = pages()
    here = {path.name: _read(path) for path in folder.glob("*.md")} if folder.is_dir() else {}
    return sorted(name for name in found.keys() | here.keys() if found.get(name) != here.get(name))


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


# The index


def _index() -> str:
    lines = [
        (
            f"{len(INDICATORS)} indicateurs, lus dans {len(LAYERS)} couches que nourrissent "
            f"{len(SOURCES)} sources. Une page par indicateur dit ce qu'il est, comment il se "
            "calcule, d'où il vient et ce qu'il ne dit pas."
        ),
        "",
        (
            f"Voir aussi : [les couches]({LAYER_PAGE}), [les genres de lieux]({PLACE_PAGE}), "
            f"[les sources]({SOURCE_PAGE})."
        ),
        "",
        "## Par composante",
        "",
        TWO_READINGS,
    ]
    for component, name in words.COMPONENTS.items():
        group = [x for x in INDICATORS if x.component == component]
        if not group:
            continue
        ipcc, tacct = READINGS[component]
        lines += ["", f"### {_capital(name)}", ""]
        lines += [f"- Lecture GIEC AR6 : {ipcc}.", f"- Lecture TACCT : {tacct}.", ""]
        rows = [(_link(x), _unit(x.unit), _arrow(x), _hazards(x)) for x in group]
        lines += _table(("Indicateur", "Unité", "Sens", "Aléas"), rows)
    lines += ["", "## Par aléa"]
    for hazard, name in words.HAZARDS.items():
        group = [x for x in INDICATORS if hazard in x.hazards]
        if not group:
            continue
        lines += ["", f"### {_capital(name)}", ""]
        lines += _table(
            ("Indicateur", "Composante", "Sens"),
            [(_link(x), words.COMPONENTS[x.component], _arrow(x)) for x in group],
        )
    return _page("Les indicateurs", lines)


# One indicator


def _indicator(x: Indicator) -> str:
    layers = [LAYERS[name] for name in x.layers]
    ipcc, tacct = READINGS[x.component]
    sections: dict[str, Sequence[str]] = {
        "Définition": [x.definition],
        "Lecture": [f"« {x.reading.replace('{value}', '…')} »"],
        "Formule": [f"En mots : {in_words(x)}.", "", "Dans le code :", "", *_code(x.expression)],
        "Unité et sens": [
            f"- Unité : {_unit(x.unit)}.",
            f"- Sens : {words.DIRECTIONS[x.direction]}.",
        ],
        "Composante": [
            f"- Lecture GIEC AR6 : {ipcc}.",
            f"- Lecture TACCT : {tacct}.",
            "",
            TWO_READINGS,
        ],
        "Aléas": [f"{_capital(_hazards(x))}."],
        "Couches lues": [
            f"- **[{y.label}]({LAYER_PAGE}#{y.id})** (`{y.id}`, {_unit(y.unit)}). {y.definition}"
            for y in layers
        ],
        "De la source au quartier": [
            f"- {y.label} : {carried_in_words(y.carried)}" for y in layers
        ],
        "Erreur déclarée": _errors(layers),
        "Sources": _source_list(_feeding(layers)),
        "Intervalle": _interval(layers),
        "Se compare à": [f"{_capital(x.reference)}."],
        "Limites": [f"- {text}" for text in _limits(x, layers)],
    }
    lines = [f"`{x.id}` · [tous les indicateurs]({INDEX})"]
    for title in SECTIONS:
        lines += ["", f"## {title}", "", *sections[title]]
    return _page(x.label, lines)


def _errors(layers: Sequence[Layer]) -> list[str]:
    found = [f"- {x.label} : {_error(x.error)}" for x in layers if x.error is not None]
    return found or [
        (
            "Aucune : le doute n'est que dans la manière de porter la donnée au quartier, ou le "
            "producteur n'en chiffre pas d'autre."
        )
    ]


def _error(x: Estimate) -> str:
    """Say an estimate: 15 % (de 5 % à 30 %), of what, from where, and whether it was checked."""
    central, low, high = (
        words.figure(value, "1") if x.unit == "1" else measured(value, x.unit)
        for value in (x.central, x.low, x.high)
    )
    return (
        f"écart-type de {central} (de {low} à {high}) ; {x.scope}. "
        f"Référence, {GRADES[x.grade]} : {_sentence(x.reference)}"
    )


def _feeding(layers: Iterable[Layer]) -> list[Source]:
    """Return the sources of layers, and of the places that they walk to, each once."""
    names: list[str] = []
    for x in layers:
        names += x.source_ids
        if isinstance(x.carried, Walk):
            names += PLACES[x.carried.place].source_ids
    return [SOURCES[name] for name in dict.fromkeys(names)]


def _source_list(sources: Sequence[Source]) -> list[str]:
    """Return a table of sources, and what the ODbL asks for where one is under it."""
    rows = [
        (
            f"[{_cell(x.label)}]({SOURCE_PAGE}#{x.id})",
            x.producer,
            x.vintage,
            x.licence,
            f"[page]({x.page})",
        )
        for x in sources
    ]
    lines = _table(("Source", "Producteur", "Millésime", "Licence", ""), rows)
    if any("ODbL" in x.licence for x in sources):
        lines += ["", SHARE_ALIKE]
    return [*lines, "", "Le millésime le plus récent qui soit là est pris."]


def _interval(layers: Sequence[Layer]) -> list[str]:
    """Say what the published interval holds, and what it leaves out."""
    if all(isinstance(x.carried, Climate) for x in layers):
        first = "À 90 % : neuf simulations sur dix y sont à peu près."
    else:
        first = "À 90 % : le vrai chiffre y est à peu près neuf fois sur dix, pour ce qu'il couvre."
    ways = list(dict.fromkeys(covered(x.carried) for x in layers))
    held = [f"- {text}" for text in dict.fromkeys(way[0] for way in ways)]
    if any(x.error is not None for x in layers):
        held.append("- l'erreur déclarée plus haut")
    left = [f"- {text}" for text in dict.fromkeys(way[1] for way in ways)]
    return [
        first,
        "",
        "Il couvre :",
        "",
        *held,
        "",
        "Il ne couvre pas :",
        "",
        *left,
    ]


def _limits(x: Indicator, layers: Sequence[Layer]) -> list[str]:
    """Return the limits that definitions state, then those that come with the ways."""
    told = [_limiting(x.definition), *(_limiting(y.definition) for y in layers)]
    stated = [text for found in told for text in found]
    common = [text for y in layers for text in limits_of(y.carried)]
    return list(dict.fromkeys([*stated, *common]))


def _limiting(definition: str) -> list[str]:
    """Return the sentences of a definition that limit it; the first says what the figure is."""
    first, *others = SENTENCE_END.split(definition)
    # What follows a semicolon in the first sentence may limit it: « … ; les fins de mois n'y … ».
    tail = [part.strip() for part in first.split(" ; ")[1:]]
    return [_sentence(_capital(part)) for part in [*tail, *others] if LIMITING.search(part)]


# Layers, places, sources


def _layers() -> str:
    lines = [f"[Tous les indicateurs]({INDEX})"]
    for x in LAYERS:
        readers = [i for i in INDICATORS if x.id in i.layers]
        lines += [
            "",
            f'<a id="{x.id}"></a>',
            "",
            f"## {x.label}",
            "",
            x.definition,
            "",
            f"- Identifiant : `{x.id}`",
            f"- Unité : {_unit(x.unit)} ; {KINDS[x.kind]}",
            f"- De la source au quartier : {carried_in_words(x.carried)}",
            f"- Erreur déclarée : {_error(x.error) if x.error is not None else 'aucune'}",
            f"- Sources : {_sources_of(x.sources)}",
            f"- Lue par : {', '.join(map(_link, readers)) or 'aucun indicateur'}",
        ]
    return _page("Les couches", lines)


def _places() -> str:
    lines = [
        f"Ce vers quoi l'on marche. [Tous les indicateurs]({INDEX})",
    ]
    for x in PLACES:
        walks = {y.id for y in LAYERS if isinstance(y.carried, Walk) and y.carried.place == x.id}
        readers = [i for i in INDICATORS if walks & set(i.layers)]
        lines += [
            "",
            f'<a id="{x.id}"></a>',
            "",
            f"## {x.label}",
            "",
            x.definition,
            "",
            f"- Identifiant : `{x.id}`",
            f"- Sources : {_sources_of(x.choices)}",
            f"- Lu par : {', '.join(map(_link, readers)) or 'aucun indicateur'}",
        ]
    return _page("Les genres de lieux", lines)


def _sources() -> str:
    rows = [
        (
            f'<a id="{x.id}"></a>{_cell(x.label)}',
            x.producer,
            x.vintage,
            x.licence,
            x.format if x.crs is None else f"{x.format}, {x.crs}",
            f"[page]({x.page})",
        )
        for x in SOURCES
    ]
    lines = [
        f"[Tous les indicateurs]({INDEX})",
        "",
        *_table(("Source", "Producteur", "Millésime", "Licence", "Format", ""), rows),
        "",
        SHARE_ALIKE,
        "",
        "## Ce qui ne se compare pas",
        "",
        "`labo compare` refuse ces comparaisons et dit pourquoi.",
        "",
        *_table(
            ("Source", "Pourquoi", "Référence", ""),
            [(f"`{x.dataset}…`", _capital(x.reason), x.reference, GRADES[x.grade]) for x in RULES],
        ),
    ]
    return _page("Les sources", lines)


def _sources_of(names: Iterable[str]) -> str:
    known = datasets()
    sources = [source for name in names for source in known[name]]
    return ", ".join(f"[{x.label}]({SOURCE_PAGE}#{x.id})" for x in sources)


# Markdown


def _page(title: str, lines: Sequence[str]) -> str:
    return "\n".join([MARK, "", f"# {curled(title)}", "", *_set(lines)]) + "\n"


def _set(lines: Iterable[str]) -> Iterator[str]:
    """Curl the apostrophes of a page, but of its code."""
    code = False
    for line in lines:
        code ^= line.startswith("```")
        yield line if code else curled(line)


def _code(text: str) -> list[str]:
    return ["```python", *text.splitlines(), "```"]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return lines + ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]


def _cell(text: str) -> str:
    """Return a text that does not break a table's row."""
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split()))


def _link(x: Indicator) -> str:
    return f"[{x.label}]({x.id}.md)"


def _unit(unit: str) -> str:
    return words.UNITS.get(unit, unit)


def _arrow(x: Indicator) -> str:
    return "plus haut, plus vulnérable" if x.direction == 1 else "plus haut, moins vulnérable"


def _hazards(x: Indicator) -> str:
    return ", ".join(words.HAZARDS[name] for name in x.hazards)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
