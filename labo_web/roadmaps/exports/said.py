"""A roadmap in the words of the annex: the fields that a DOCX template may use, in French."""

from __future__ import annotations

import datetime as dt
from dataclasses import is_dataclass
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

from labo_web.roadmaps.amounts import UNCOSTED, euros
from labo_web.roadmaps.content import Content, Sheet, Sums

# What a template has to hold, or the annex would lack what the contract asks.
NEEDED = ("territoire", "actions", "totaux")
NEEDED_OF_ACTION = ("numero", "titre", "objectif", "pilote", "financement", "indicateurs")


def fields_of(content: Content) -> dict[str, Any]:
    """Return what a template of the annex can say."""
    return {
        "territoire": content.territory,
        "titre": content.title,
        "contrat": content.contract,
        "date": day(content.on),
        "avertissement": "Données fictives." if content.fictive else "",
        "priorites": list(content.priorities),
        "totaux": sums(content.sums),
        "actions": [_action(s) for s in content.sheets if s.level_key != "abandoned"],
        "abandons": [
            {"numero": f"A-{s.number}", "titre": s.title, "decisions": list(s.decisions)}
            for s in content.sheets
            if s.level_key == "abandoned"
        ],
    }


def sample() -> dict[str, Any]:
    """Return the fields of a roadmap with one of each thing, to try a template on."""
    return fields_of(_one(Content))


def _one(kind: type[Any]) -> Any:
    """Return an instance of a part of the content, with one of each thing."""
    made: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        inside = get_args(hint)
        if get_origin(hint) is tuple:
            made[name] = (_one(inside[0]) if inside[0] is not str else "x",)
        elif get_origin(hint) is dict:
            made[name] = dict.fromkeys(Sums.__dataclass_fields__, "x")
        elif is_dataclass(hint):
            made[name] = _one(hint)  # type: ignore[arg-type]
        else:
            made[name] = None if type(None) in inside else hint()
    if kind is Content:
        made["on"] = "2026-01-05"
    return kind(**made)


def day(text: str | None) -> str:
    """Return a day as it is read; nothing where there is none."""
    return f"{dt.date.fromisoformat(text):%d/%m/%Y}" if text else ""


def sums(found: Sums) -> dict[str, Any]:
    """Return sums as they are read."""
    names = {
        "cout": "cost", "prevu": "total", "acquis": "secured", "sollicite": "asked",
        "droit_commun": "ordinary", "specifiques": "specific",
    }  # fmt: skip
    return {key: found.said[name] for key, name in names.items()} | {"inconnus": found.unknown}


def amount(text: str | None) -> str:
    """Return an exact amount as it is read; what is missing is said."""
    return euros(None if text is None else Decimal(text), UNCOSTED)


def _action(s: Sheet) -> dict[str, Any]:
    return {
        "numero": f"A-{s.number}",
        "titre": s.title,
        "maturite": s.level,
        "quartiers": ", ".join(s.zones),
        "lieu": s.place,
        "axe": s.axis,
        "constat": s.finding,
        "preuves": list(s.evidence),
        "objectif": s.objective,
        "public": s.public,
        "effectif": s.headcount if s.headcount is not None else "",
        "descriptif": s.description,
        "participation": s.participation,
        "conditions": s.conditions,
        "environnement": s.environment,
        "profite": s.benefits,
        "perd": s.loses,
        "egalite": s.equality,
        "risques": s.risks,
        "origine": s.origin,
        "porteur": s.carrier,
        "pilote": s.pilot or "pas encore de pilote",
        "partenaires": list(s.partners),
        "premiere_etape": s.first_step,
        "avancement": s.progress,
        "etapes": [
            {
                "etape": m.label, "debut": day(m.starts_on), "echeance": day(m.due_on),
                "apres": m.after, "qui": m.who, "faite": day(m.done_on),
            }
            for m in s.steps
        ],
        "cout_ht": amount(s.investment_ht),
        "cout_ttc": amount(s.investment_ttc),
        "fonctionnement": amount(s.operating),
        "entretien": amount(s.upkeep),
        "entretien_par": s.upkeep_by,
        "base": s.basis,
        "financement": [
            {
                "financeur": x.funder, "ligne": x.line, "dispositif": x.fund, "credits": x.credit,
                "pour": x.nature, "montant": x.amount_said, "taux": x.rate, "etat": x.status,
            }
            for x in s.lines
        ],
        "totaux": sums(s.sums),
        "indicateurs": [
            {
                "nature": f.kind, "libelle": f.label, "depart": f.baseline,
                "cible_2027": f.target_2027, "cible_2030": f.target_2030, "source": f.source,
                "tous_les_mois": f.every_months,
            }
            for f in s.follow
        ],
        "odd": list(s.goals),
        "decisions": list(s.decisions),
        "pieces": list(s.pieces),
    }  # fmt: skip
