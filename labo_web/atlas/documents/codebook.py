"""The codebook: what each column of the files of a release means, in which unit, from where."""

from __future__ import annotations

from collections.abc import Iterator

from labo import words
from labo.typography import curled
from labo_web.atlas.downloads import COLUMNS
from labo_web.releases.credit import attribution, licences_in_words
from labo_web.releases.models import Release
from labo_web.releases.reading import GIEC

HEAD = ("fichier", "colonne", "signification", "unite", "source")
VALUES, ZONES = "valeurs", "zones"
OF_THE_UNIT = "celle de la colonne unite"
MEANINGS = {
    "zone": ("code de la zone", ""),
    "nom": ("nom de la zone", ""),
    "nature": ("qpv, perimeter, commune, epci ou rest_of_epci : un nom court, stable", ""),
    "nature_libelle": ("la nature de la zone en français", ""),
    "indicateur": ("nom court de l’indicateur, stable d’une livraison à l’autre", ""),
    "libelle": ("nom de l’indicateur en français", ""),
    "scenario": ("present, ou le référentiel de climat", ""),
    "horizon": ("present, ou l’année ou la période du climat", ""),
    "moment": ("aujourd’hui, ou l’horizon et le référentiel de climat, en français", ""),
    "valeur": (
        "valeur centrale ; vide si elle manque, et jamais zéro pour dire absente",
        OF_THE_UNIT,
    ),
    "bas": ("bas de l’intervalle à 90 %", OF_THE_UNIT),
    "haut": ("haut de l’intervalle à 90 %", OF_THE_UNIT),
    "unite": ("unité de la valeur, telle qu’un programme la lit ; 1 : une part, de 0 à 1", ""),
    "unite_libelle": ("l’unité en français", ""),
    "ecart": ("zone moins agglomération", OF_THE_UNIT),
    "ecart_bas": ("bas de l’intervalle à 90 % de l’écart, tirage par tirage", OF_THE_UNIT),
    "ecart_haut": ("haut de l’intervalle à 90 % de l’écart", OF_THE_UNIT),
    "part_imputee": ("part des habitants qui viennent de carreaux imputés", "part, de 0 à 1"),
    "carreaux_ou_iris": ("nombre de carreaux ou d’IRIS qui contribuent", "nombre"),
    "methode": (
        "comment la valeur passe du fichier d’origine à la zone : un nom court, stable",
        "",
    ),
    "methode_libelle": ("la même chose en français", ""),
    "raison_si_vide": ("pourquoi il n’y a pas de valeur", ""),
    "livraison": ("code de la livraison", ""),
    "version_calcul": ("version de la méthode et du calcul", ""),
    "sources": ("fichiers d’origine, décrits dans la feuille Sources", ""),
    "licences": ("licences de ces fichiers, qui restent celles de leurs producteurs", ""),
}
ZONE_MEANINGS = {
    "zone": MEANINGS["zone"][0],
    "name": MEANINGS["nom"][0],
    "kind": MEANINGS["nature"][0],
    "nature": MEANINGS["nature_libelle"][0],
}
ENDS = {
    "": "",
    "_low": ", bas de l’intervalle à 90 %",
    "_high": ", haut de l’intervalle à 90 %",
}


def rows(release: Release, components: dict[str, str] = GIEC) -> Iterator[tuple[str, ...]]:
    """Give the lines of the codebook; `components`: in whose words components are said.

    Files named « valeurs » are the CSV and what holds the same columns, « zones » the GeoJSON and
    the layer of the GeoPackage.
    """
    for name in COLUMNS:
        meaning, unit = MEANINGS[name]
        yield VALUES, name, meaning, unit, ""
    for name, meaning in ZONE_MEANINGS.items():
        yield ZONES, name, meaning, "", ""
    labels = {s["id"]: f"{s['producer']}, {s['label']} ({s['vintage']})" for s in release.sources}
    for x in release.indicators.defer("formula", "definition"):
        unit = words.UNITS.get(x.unit, x.unit)
        used = curled(" ; ".join(labels[s] for s in x.sources if s in labels))
        for end, said in ENDS.items():
            meaning = f"{curled(x.label)}{said}. {components[x.component]}."
            yield ZONES, f"{x.name}{end}", meaning, unit, used


def about(release: Release) -> list[tuple[str, str]]:
    """Return what must be said of a release wherever its data go."""
    said = [
        ("Territoire", release.territory.name),
        ("Code du territoire", release.territory.code),
        ("Livraison", release.code),
        ("Date", release.opened_on.isoformat()),
        ("Ouverte à", release.circle_label),
        ("Version de la méthode", release.code_version),
        ("Tirages", str(release.draws)),
        ("Génération des QPV", release.generation),
        ("Citer ainsi", attribution(release)),
        (
            "Licences",
            f"Les chiffres gardent la licence de leur producteur : {licences_in_words(release)}",
        ),
        ("Intervalles", "À 90 % : la vraie valeur y est environ neuf fois sur dix."),
        ("Manquant", "Une case vide est une valeur manquante, jamais zéro ; sa raison est à côté."),
    ]
    fictive = [("Données fictives", "Ce territoire est inventé.")] if release.fictive else []
    return [(subject, curled(text)) for subject, text in (*fictive, *said)]
