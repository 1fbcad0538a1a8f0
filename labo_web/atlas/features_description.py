"""The OpenAPI 3.0 description of the OGC API: what QGIS reads to know how to ask."""

from typing import Any

from labo_web.releases.credit import LICENCE, LICENCE_URL

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SPEC = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
CONFORMS = [f"{SPEC}/{name}" for name in ("core", "oas30", "html", "geojson")]
USUAL, MOST = 100, 1_000


def openapi(root: str) -> dict[str, Any]:
    """Return the description of the addresses below `root`."""
    one = [_ref("parameters", "collectionId")]
    more = [_ref("parameters", name) for name in ("limit", "offset", "bbox", "datetime")]
    filters = [_ref("parameters", name) for name in ("zone", "name")]
    feature = _ref("parameters", "featureId")
    geojson, plain = "application/geo+json", "application/json"
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Labo Quartiers en Transitions, OGC API Features",
            "version": "1.0.0",
            "description": "Zones des diagnostics ouverts, avec leurs valeurs en colonnes.",
            "license": {"name": LICENCE, "url": LICENCE_URL},
        },
        "servers": [{"url": root}],
        "paths": {
            "/": _get("landingPage", "Page d’entrée", plain, "landingPage", []),
            "/api": _get("api", "Cette description", OPENAPI, "openapi", []),
            "/conformance": _get("conformance", "Ce qui est respecté", plain, "conformance", []),
            "/collections": _get("collections", "Les couches", plain, "collections", []),
            "/collections/{collectionId}": _get(
                "collection", "Une couche", plain, "collection", one
            ),
            "/collections/{collectionId}/items": _get(
                "items", "Zones d’une couche", geojson, "features", [*one, *more, *filters]
            ),
            "/collections/{collectionId}/items/{featureId}": _get(
                "item", "Une zone", geojson, "feature", [*one, feature]
            ),
        },
        "components": {"parameters": PARAMETERS, "schemas": SCHEMAS, "responses": RESPONSES},
    }


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _get(
    name: str, summary: str, media: str, schema: str, parameters: list[dict[str, str]]
) -> dict[str, Any]:
    found = {media: {"schema": _ref("schemas", schema)}, "text/html": {"schema": _text()}}
    refusals = ["400", "404", "500"] if parameters else ["400", "500"]
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": [*parameters, _ref("parameters", "f")],
            "responses": {
                "200": {"description": summary, "content": found},
                **{code: _ref("responses", code) for code in refusals},
            },
        }
    }


def _text(**more: Any) -> dict[str, Any]:
    return {"type": "string", **more}


def _array(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def _object(needed: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": needed.split(), "properties": properties}


def _parameter(name: str, schema: dict[str, Any], said: str, place: str = "query") -> Any:
    style = "simple" if place == "path" else "form"
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": said,
        "schema": schema,
        "style": style,
        "explode": False,
    }


NUMBERS = _array({"type": "number"})
MOMENTS = "Une date ou un intervalle (RFC 3339). Les zones n’ont pas de date : toutes passent."
PARAMETERS = {
    "collectionId": _parameter(
        "collectionId", _text(pattern=r"^[\w.-]{1,100}$"), "Nom de la couche", "path"
    ),
    "featureId": _parameter(
        "featureId", _text(pattern=r"^[\w.-]{1,100}$"), "Code de la zone", "path"
    ),
    "f": _parameter("f", _text(enum=["json", "html"]), "Format ; sinon celui qu’on accepte"),
    "limit": _parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
        f"Combien de zones ; au-delà de {MOST}, il en vient {MOST}",
    ),
    "offset": _parameter(
        "offset",
        {"type": "integer", "minimum": 0, "maximum": 10_000_000, "default": 0},
        "Combien de zones passer",
    ),
    "bbox": _parameter(
        "bbox",
        {"oneOf": [NUMBERS | {"minItems": n, "maxItems": n} for n in (4, 6)]},
        "Ouest,sud,est,nord en degrés (CRS84)",
    ),
    "datetime": _parameter("datetime", _text(), MOMENTS),
    "zone": _parameter("zone", _text(), "Code exact d’une zone"),
    "name": _parameter("name", _text(), "Nom exact d’une zone"),
}
LINKS = _array({"$ref": "#/components/schemas/link"})
FEATURE = {
    "type": {"type": "string", "enum": ["Feature"]},
    "id": _text(),
    "bbox": NUMBERS,
    "geometry": {"type": "object"},
    "properties": {"type": "object"},
}
SCHEMAS: dict[str, Any] = {
    "link": _object("href rel", href=_text(), rel=_text(), type=_text(), title=_text()),
    "exception": _object("code description", code=_text(), description=_text()),
    "landingPage": _object(
        "links", title=_text(), description=_text(), attribution=_text(), links=LINKS
    ),
    "openapi": {"type": "object"},
    "conformance": _object("conformsTo", conformsTo=_array(_text()), links=LINKS),
    "collections": _object(
        "links collections",
        links=LINKS,
        collections=_array({"$ref": "#/components/schemas/collection"}),
    ),
    "collection": _object(
        "id links",
        id=_text(),
        title=_text(),
        description=_text(),
        attribution=_text(),
        extent=_object("spatial", spatial=_object("bbox crs", bbox=_array(NUMBERS), crs=_text())),
        itemType=_text(),
        crs=_array(_text()),
        links=LINKS,
    ),
    "features": _object(
        "type features links numberMatched numberReturned timeStamp",
        type={"type": "string", "enum": ["FeatureCollection"]},
        timeStamp=_text(format="date-time"),
        numberMatched={"type": "integer", "minimum": 0},
        numberReturned={"type": "integer", "minimum": 0},
        licence=_text(),
        attribution=_text(),
        links=LINKS,
        features=_array(_object("type id geometry properties", **FEATURE)),
    ),
    "feature": _object(
        "type id geometry properties links",
        **FEATURE,
        licence=_text(),
        attribution=_text(),
        links=LINKS,
    ),
}
RESPONSES = {
    code: {
        "description": said,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/exception"}}},
    }
    for code, said in (
        ("400", "Un paramètre n’est pas compris"),
        ("404", "Il n’y a rien à cette adresse"),
        ("500", "La réponse n’a pas pu être donnée"),
    )
}
