"""Releases described for other machines: Frictionless data packages, and DCAT in JSON-LD."""

import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from labo import words
from labo.typography import curled
from labo_web.releases.credit import LICENCE, LICENCE_URL, PUBLISHER, attribution, licences_in_words
from labo_web.releases.models import Release

JSON_LD = "application/ld+json"
YEAR = re.compile(r"\d{4}")
# The columns of the file of values: name, type, what it holds.
COLUMNS = (
    ("zone", "string", "Code de la zone"),
    ("nom", "string", "Nom de la zone"),
    ("nature", "string", "QPV, commune, EPCI, EPCI hors QPV ou périmètre dessiné"),
    ("nature_libelle", "string", "La nature de la zone, en français"),
    ("indicateur", "string", "Nom stable de l’indicateur"),
    ("libelle", "string", "Libellé de l’indicateur"),
    ("scenario", "string", "Présent, ou trajectoire climatique"),
    ("horizon", "string", "Présent, ou horizon de la trajectoire"),
    ("moment", "string", "Aujourd’hui, ou l’horizon et la trajectoire, en français"),
    ("valeur", "number", "Valeur centrale, dans l’unité de la colonne « unite »"),
    ("bas", "number", "Bas de l’intervalle à 90 %, même unité"),
    ("haut", "number", "Haut de l’intervalle à 90 %, même unité"),
    ("unite", "string", "Unité de la valeur ; « 1 » est une part, de 0 à 1"),
    ("unite_libelle", "string", "L’unité en français"),
    ("ecart", "number", "Zone moins agglomération, même unité"),
    ("ecart_bas", "number", "Bas de l’intervalle à 90 % de l’écart"),
    ("ecart_haut", "number", "Haut de l’intervalle à 90 % de l’écart"),
    ("part_imputee", "number", "Part des habitants dans des carreaux complétés par l’Insee, 0 à 1"),
    ("carreaux_ou_iris", "integer", "Nombre de carreaux ou d’IRIS qui portent la valeur"),
    ("methode", "string", "Passage à la zone, nom court et stable"),
    ("methode_libelle", "string", "Le passage à la zone, en français"),
    ("raison_si_vide", "string", "Pourquoi il n’y a pas de valeur ; manquer n’est pas zéro"),
    ("livraison", "string", "Code de la livraison"),
    ("version_calcul", "string", "Version du calcul"),
    ("sources", "string", "Identifiants des sources, séparés par une espace"),
    ("licences", "string", "Licences de ces sources, qui restent celles des producteurs"),
)
KEY = ["zone", "indicateur", "scenario", "horizon", "methode"]
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "prov": "http://www.w3.org/ns/prov#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
MEDIA = "https://www.iana.org/assignments/media-types/"
ABSTRACT = (
    "Indicateurs d’aléa, d’exposition, de sensibilité et de capacité d’adaptation par quartier "
    "prioritaire, commune et agglomération, avec leurs intervalles à 90 %. "
    "Une valeur absente est vide, avec sa raison : elle ne vaut jamais zéro."
)
LANGUAGE = "http://publications.europa.eu/resource/authority/language/FRA"


def address(request: HttpRequest, name: str, *args: str, release: Release | None = None) -> str:
    """Return the whole address of a page; with a release, its address for that one for ever."""
    path = reverse(name, args=args)
    return request.build_absolute_uri(f"{path}?livraison={release.code}" if release else path)


def title(release: Release) -> str:
    """Return the title of a release as a dataset."""
    return (
        f"Diagnostic climatique et social des quartiers prioritaires : {release.territory}, "
        f"QPV {release.generation}"
    )


def datapackage(request: HttpRequest, release: Release) -> dict[str, Any]:
    """Return the Frictionless description of a release: two files and their columns."""
    here = release.territory.code
    fields = [
        {"name": name, "type": kind, "description": said}
        | ({"decimalChar": ","} if kind == "number" else {})
        for name, kind, said in COLUMNS
    ]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"labo-quartiers-{release.code}",
        "id": release.digest,
        "title": title(release),
        "description": ABSTRACT,
        "version": release.code,
        "created": release.opened_on.isoformat() + "T00:00:00Z",
        "homepage": address(request, "release", release.code),
        "licenses": [{"name": "etalab-2.0", "path": LICENCE_URL, "title": LICENCE}],
        "contributors": [{"title": PUBLISHER, "roles": ["publisher"]}],
        "sources": [
            {"title": f"{s['producer']}, {s['label']}, {s['vintage']} ({s['licence']})"}
            | ({"path": s["page"]} if s["page"] else {})
            for s in release.sources
        ],
        "resources": [
            {
                "name": "valeurs",
                "title": "Valeurs par zone",
                "path": address(request, "values_csv", here, release=release),
                "type": "table",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ";", "header": True},
                "schema": {"fields": fields, "primaryKey": KEY, "missingValues": [""]},
            },
            {
                "name": "zones",
                "title": "Contours des zones et valeurs présentes",
                "path": address(request, "zones", here, release=release),
                "format": "geojson",
                "mediatype": "application/geo+json",
                "encoding": "utf-8",
                "schema": {"fields": _properties(release), "primaryKey": ["zone"]},
            },
        ],
    }


def _properties(release: Release) -> list[dict[str, Any]]:
    """Return the properties of a feature: those of the zone, then three by indicator."""
    fields: list[dict[str, Any]] = [
        {"name": "zone", "type": "string", "description": "Code de la zone"},
        {"name": "name", "type": "string", "description": "Nom de la zone"},
        {"name": "kind", "type": "string", "description": "Nature de la zone, nom court"},
        {"name": "nature", "type": "string", "description": "Nature de la zone, en français"},
    ]
    ends = (("", ""), ("_low", ", bas de l’intervalle à 90 %"), ("_high", ", haut"))
    for x in release.indicators.only("name", "label", "unit", "release_id"):
        unit = {"unit": x.unit, "description": f"Unité : {words.UNITS.get(x.unit, x.unit)}"}
        fields += [
            {"name": x.name + end, "type": "number", "title": curled(x.label) + said} | unit
            for end, said in ends
        ]
    return fields


def linked(body: dict[str, Any]) -> dict[str, Any]:
    """Return a description with the vocabularies that its words come from."""
    return {"@context": CONTEXT} | body


def catalogue(request: HttpRequest, releases: Iterable[Release]) -> dict[str, Any]:
    """Return the DCAT catalogue of these releases."""
    return {
        "@id": request.build_absolute_uri("/api/dcat.jsonld"),
        "@type": "dcat:Catalog",
        "dct:title": {"@language": "fr", "@value": PUBLISHER},
        "dct:description": {"@language": "fr", "@value": "Livraisons ouvertes, les mêmes chiffres "
                            "que les pages."},
        "dct:publisher": _publisher(),
        "dct:language": {"@id": LANGUAGE},
        "dct:license": {"@id": LICENCE_URL},
        "foaf:homepage": {"@id": request.build_absolute_uri("/")},
        "dcat:dataset": [dataset(request, release) for release in releases],
    }  # fmt: skip


def dataset(request: HttpRequest, release: Release) -> dict[str, Any]:
    """Return the DCAT dataset of a release: what, by whom, where, when, and its files."""
    years = [int(y) for s in release.sources for y in YEAR.findall(s["vintage"])]
    west, south, east, north = release.west, release.south, release.east, release.north
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    outline = ", ".join(f"{x:.6f} {y:.6f}" for x, y in corners)
    page = address(request, "release", release.code)
    period = {
        f"dcat:{name}": {"@type": "xsd:gYear", "@value": str(year)}
        for name, year in (("startDate", min(years)), ("endDate", max(years)))
    } if years else {}  # fmt: skip
    return {
        "@id": page,
        "@type": "dcat:Dataset",
        "dct:title": {"@language": "fr", "@value": title(release)},
        "dct:description": {"@language": "fr", "@value": ABSTRACT},
        "dct:identifier": release.digest,
        "dcat:version": release.code,
        "dct:issued": {"@type": "xsd:date", "@value": release.opened_on.isoformat()},
        "dct:language": {"@id": LANGUAGE},
        "dct:publisher": _publisher(),
        "dct:license": {"@id": LICENCE_URL},
        "dct:rights": {
            "@type": "dct:RightsStatement",
            "dct:description": f"{LICENCE}. {attribution(release)}. "
            f"Licences des sources : {licences_in_words(release)}.",
        },
        "dcat:keyword": ["QPV", "climat", "vulnérabilité", "quartiers prioritaires"],
        "dcat:landingPage": {"@id": page},
        "dct:temporal": {"@type": "dct:PeriodOfTime", **period},
        "dct:spatial": {
            "@type": "dct:Location",
            "dct:identifier": release.territory.code,
            "dcat:bbox": {"@type": "geo:wktLiteral", "@value": f"POLYGON(({outline}))"},
        },
        "dct:source": [
            {
                "@type": "dcat:Dataset",
                "dct:identifier": s["id"],
                "dct:title": s["label"],
                "dct:publisher": {"@type": "foaf:Agent", "foaf:name": s["producer"]},
                "dct:license": {"@type": "dct:LicenseDocument", "dct:title": s["licence"]},
                "dcat:version": s["vintage"],
            }
            | ({"dcat:landingPage": {"@id": s["page"]}} if s["page"] else {})
            for s in release.sources
        ],
        "dcat:distribution": _distributions(request, release),
    }


def _publisher() -> dict[str, Any]:
    return {"@type": "foaf:Organization", "foaf:name": PUBLISHER}


def _distributions(request: HttpRequest, release: Release) -> list[dict[str, Any]]:
    here = release.territory.code
    files = (
        ("Valeurs par zone (CSV)", "values_csv", "text/csv"),
        ("Zones et valeurs présentes (GeoJSON)", "zones", "application/geo+json"),
        ("Carreaux de 200 m, sans chiffre sur les habitants", "cells", "application/vnd.pmtiles"),
    )
    services = (
        ("Service OGC API Features", address(request, "ogc"), "ogcapi-features-1"),
        ("Interface pour les programmes", address(request, "api:openapi-json"), "openapi"),
    )
    licence = {"dct:license": {"@id": LICENCE_URL}}
    return [
        {
            "@type": "dcat:Distribution",
            "dct:title": {"@language": "fr", "@value": said},
            "dcat:accessURL": {"@id": address(request, name, here, release=release)},
            "dcat:downloadURL": {"@id": address(request, name, here, release=release)},
            "dcat:mediaType": {"@id": MEDIA + media},
            **licence,
        }
        for said, name, media in files
    ] + [
        {
            "@type": "dcat:Distribution",
            "dct:title": {"@language": "fr", "@value": said},
            "dcat:accessURL": {"@id": at},
            "dcat:accessService": {
                "@type": "dcat:DataService",
                "dct:title": said,
                "dcat:endpointURL": {"@id": at},
                "dct:conformsTo": {"@id": CONFORMS[kind]},
            },
            **licence,
        }
        for said, at, kind in services
    ]


CONFORMS = {
    "ogcapi-features-1": "http://www.opengis.net/spec/ogcapi-features-1/1.0",
    "openapi": "https://spec.openapis.org/oas/v3.1.0",
}
