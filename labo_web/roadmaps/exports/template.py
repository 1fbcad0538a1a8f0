"""The template of the annex: ours, or the one that a territory gave, read before it is kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from django.core.exceptions import ValidationError
from docx.document import Document
from docx.shared import Cm, Pt
from docxtpl import DocxTemplate
from jinja2 import ChainableUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from labo_web.roadmaps.exports.said import NEEDED, NEEDED_OF_ACTION, sample

MOST_BYTES, MOST_UNPACKED = 2_000_000, 30_000_000
KNOWN = (*NEEDED, "titre", "contrat", "date", "avertissement", "priorites", "abandons")
# What a template may do: say fields, repeat, and ask whether something is there.
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.For,
    nodes.If, nodes.Const, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand,
)  # fmt: skip
DEEPEST = 3  # loops inside one another


def environment() -> ImmutableSandboxedEnvironment:
    """Return where templates are run: no code, no attribute of Python's own."""
    return ImmutableSandboxedEnvironment(autoescape=True, undefined=ChainableUndefined)


def read(content: bytes, name: str) -> None:
    """Read a template that somebody gave.

    Raises:
        ValidationError: it is no DOCX, holds macros, is too large, does what a template may not,
            or lacks fields, which are named.
    """
    if len(content) > MOST_BYTES:
        raise ValidationError(f"« {name} » est trop grand : au plus 2 Mo.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(m.file_size for m in members) > MOST_UNPACKED:
                raise ValidationError(f"« {name} » est trop grand une fois ouvert : allégez-le.")
            if any("vbaproject" in m.filename.lower() for m in members):
                raise ValidationError(
                    f"« {name} » contient des macros : enregistrez-le en .docx, sans macro."
                )
        tree = _tree(content)
    except ValidationError:
        raise
    except TemplateSyntaxError as error:
        raise ValidationError(
            f"« {name} » a un champ mal écrit ({error.message}) : repartez du modèle proposé."
        ) from error
    except Exception as error:
        raise ValidationError(
            f"« {name} » n’est pas un document Word (.docx) que l’on sait lire."
        ) from error
    _check(tree, name)
    try:
        page = DocxTemplate(io.BytesIO(content))
        page.render(sample(), jinja_env=environment())
        page.save(io.BytesIO())
    except Exception as error:
        raise ValidationError(
            f"« {name} » ne se remplit pas ({error}) : repartez du modèle proposé."
        ) from error


def _tree(content: bytes) -> nodes.Template:
    template = DocxTemplate(io.BytesIO(content))
    template.render_init()
    texts = [template.patch_xml(template.get_xml())]
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        for _, part in template.get_headers_footers(uri):
            texts.append(template.patch_xml(template.get_part_xml(part)))
    return environment().parse("\n".join(texts))


def _check(tree: nodes.Template, name: str) -> None:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, (*ALLOWED, nodes.Filter)) and not isinstance(node, nodes.Helper):
            raise ValidationError(
                f"« {name} » fait plus que dire des champs ({type(node).__name__}) : un modèle ne "
                "contient que des champs, des « for » et des « if »."
            )
        if isinstance(node, nodes.Filter) and node.name not in ("e", "escape"):
            raise ValidationError(
                f"« {name} » utilise « |{node.name} » : les modèles n’ont pas de filtre."
            )
        if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            raise ValidationError(f"« {name} » demande {node.attr}, qui n’est pas un champ.")
    if _depth(tree) > DEEPEST:
        raise ValidationError(f"« {name} » répète plus de {DEEPEST} listes l’une dans l’autre.")
    loops = {n.name for f in tree.find_all(nodes.For) for n in f.target.find_all(nodes.Name)}
    loops |= {f.target.name for f in tree.find_all(nodes.For) if isinstance(f.target, nodes.Name)}
    used = {n.name for n in tree.find_all(nodes.Name)}
    said = {n.attr for n in tree.find_all(nodes.Getattr)}
    lacks = [x for x in NEEDED if x not in used]
    lacks += [f"action.{x}" for x in NEEDED_OF_ACTION if x not in said]
    if lacks:
        raise ValidationError(
            f"Il manque à « {name} » : {', '.join(lacks)}. Ajoutez ces champs, ou repartez du "
            "modèle proposé."
        )
    if unknown := sorted(used - loops - set(KNOWN) - {"loop"}):
        raise ValidationError(
            f"« {name} » demande {', '.join(unknown)}, que la feuille de route n’a pas ; elle a "
            f"{', '.join(KNOWN)}."
        )


def _depth(node: nodes.Node) -> int:
    own = int(isinstance(node, nodes.For))
    return own + max((_depth(child) for child in node.iter_child_nodes()), default=0)


# Ours


SUMS = (
    "Coût connu : {{ totaux.cout }}. Financements en vue : {{ totaux.prevu }}, dont acquis "
    "{{ totaux.acquis }}. Droit commun : {{ totaux.droit_commun }}. Crédits spécifiques : "
    "{{ totaux.specifiques }}. Montants non communiqués : {{ totaux.inconnus }}."
)


def proposed() -> bytes:
    """Return the template that is proposed: a DOCX that an officer opens and rearranges."""
    page = docx.Document()
    section = page.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.8)
    about = page.core_properties
    about.title, about.author = "Annexe du contrat de ville", "Labo Quartiers en Transitions"
    about.language = "fr-FR"
    for name, size in (("Normal", 10), ("Title", 20), ("Heading 1", 14), ("Heading 2", 11)):
        page.styles[name].font.name = "Arial"
        page.styles[name].font.size = Pt(size)
    page.add_paragraph("Annexe : {{ titre }}", style="Title")
    for line in (
        "{{ contrat }}", "{{ territoire }}, état au {{ date }}. {{ avertissement }}",
        SUMS,
    ):  # fmt: skip
        page.add_paragraph(line)
    page.add_heading("Vulnérabilités prioritaires", 1)
    _repeat(page, "priorites", "{{ x }}")
    page.add_heading("Fiches action", 1)
    page.add_paragraph("{%p for action in actions %}")
    page.add_heading("{{ action.numero }} {{ action.titre }}", 1)
    for title, lines in SHEET:
        page.add_heading(title, 2)
        for line in lines:
            page.add_paragraph(line)
    _repeat(page, "action.preuves", "{{ x }}")
    page.add_heading("Partenaires", 2)
    _repeat(page, "action.partenaires", "{{ x }}")
    page.add_heading("Étapes", 2)
    _table(page, "action.etapes", (
        ("Étape", "etape"), ("Début", "debut"), ("Échéance", "echeance"), ("Qui", "qui"),
        ("Faite le", "faite")))  # fmt: skip
    page.add_heading("Plan de financement", 2)
    page.add_paragraph(
        "Investissement : {{ action.cout_ht }} HT, {{ action.cout_ttc }} TTC. Fonctionnement : "
        "{{ action.fonctionnement }}. Entretien sur 10 ans : {{ action.entretien }} "
        "{{ action.entretien_par }}. Base : {{ action.base }}."
    )
    _table(page, "action.financement", (
        ("Financeur", "financeur"), ("Ligne", "ligne"), ("Crédits", "credits"), ("Pour", "pour"),
        ("Montant", "montant"), ("Part", "taux"), ("État", "etat")))  # fmt: skip
    page.add_paragraph(
        "En vue : {{ action.totaux.prevu }}, dont acquis {{ action.totaux.acquis }}. Droit "
        "commun : {{ action.totaux.droit_commun }}. Crédits spécifiques : "
        "{{ action.totaux.specifiques }}."
    )
    page.add_heading("Indicateurs", 2)
    _table(page, "action.indicateurs", (
        ("Indicateur", "libelle"), ("Nature", "nature"), ("Départ", "depart"),
        ("Cible 2027", "cible_2027"), ("Cible 2030", "cible_2030"),
        ("Source", "source")))  # fmt: skip
    page.add_heading("Développement durable", 2)
    _repeat(page, "action.odd", "{{ x }}")
    page.add_heading("Décisions", 2)
    _repeat(page, "action.decisions", "{{ x }}")
    page.add_heading("Pièces jointes", 2)
    _repeat(page, "action.pieces", "{{ x }}")
    page.add_paragraph("{%p endfor %}")
    out = io.BytesIO()
    page.save(out)
    return out.getvalue()


SHEET: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Où et pour qui", (
        "{{ action.quartiers }} {{ action.lieu }}. Axe : {{ action.axe }}.",
        "Maturité : {{ action.maturite }}, {{ action.avancement }}.",
        "Public visé : {{ action.public }} {{ action.effectif }}")),
    ("Objectif", ("{{ action.objectif }}",)),
    ("Descriptif", ("{{ action.descriptif }}", "{{ action.participation }}",
                    "{{ action.conditions }}")),
    ("Pour l’environnement", ("{{ action.environnement }}",)),
    ("Pour la justice", ("À qui elle profite : {{ action.profite }}",
                         "Qui pourrait y perdre : {{ action.perd }}",
                         "Égalité femmes-hommes : {{ action.egalite }}",
                         "Risques : {{ action.risques }}")),
    ("Pilote", ("{{ action.pilote }}. Première étape : {{ action.premiere_etape }}",)),
    ("Constat et preuves", ("{{ action.constat }}", "Origine : {{ action.origine }}")),
)  # fmt: skip


def _repeat(page: Document, what: str, line: str) -> None:
    page.add_paragraph(f"{{%p for x in {what} %}}")
    page.add_paragraph(line, style="List Bullet")
    page.add_paragraph("{%p endfor %}")


def _table(page: Document, what: str, columns: tuple[tuple[str, str], ...]) -> None:
    table = page.add_table(rows=4, cols=len(columns), style="Table Grid")
    for cell, (head, _) in zip(table.rows[0].cells, columns, strict=True):
        cell.paragraphs[0].add_run(head).bold = True
    table.rows[1].cells[0].text = f"{{%tr for x in {what} %}}"
    for cell, (_, field) in zip(table.rows[2].cells, columns, strict=True):
        cell.text = f"{{{{ x.{field} }}}}"
    table.rows[3].cells[0].text = "{%tr endfor %}"
    # Seven columns of an upright page: in the body's size their words would be cut.
    for row in table.rows:
        for cell in row.cells:
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(8)


def fields() -> Iterator[tuple[str, Any]]:
    """Give the fields of a template with what they hold, for the page that explains them."""
    yield from (
        ("territoire", "le nom du territoire"), ("titre", "celui de la feuille de route"),
        ("contrat", "le contrat de ville"), ("date", "le jour de l’export"),
        ("totaux", "cout, prevu, acquis, sollicite, droit_commun, specifiques, inconnus"),
        ("priorites", "les vulnérabilités prioritaires, une phrase chacune"),
        ("actions", "les fiches : numero, titre, objectif, pilote, financement, indicateurs…"),
        ("abandons", "les idées refusées : numero, titre, decisions"),
    )  # fmt: skip
