"""The script of a day or of a walk: what is done when, how long, and with what in hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from labo_web.workshops.templatetags.hours import hour

SIZES = (6, 8)  # people at a table
MOST_TABLES = 10
REPORTING = 2  # minutes for each table beyond five, where tables tell the others
USUAL_TABLES = 5


@dataclass(frozen=True)
class Step:
    """A part of a gathering: how long, what happens, what the facilitator says, what is at hand."""

    minutes: int
    title: str
    doing: str
    saying: str = ""
    hand: str = ""
    reported: bool = False  # whether each table tells the others


@dataclass(frozen=True)
class Timed:
    """A step with its hours."""

    begins: str
    ends: str
    minutes: int
    title: str
    doing: str
    saying: str
    hand: str


DAY = (
    Step(
        15,
        "Accueil et règles",
        "Chacun s’installe où il veut, une table garde une place pour qui arrive en retard. "
        "Dites à quoi sert la journée, ce qui est décidé, ce qui peut changer, qui répondra quand.",
        "Aucun nom n’est noté. Un désaccord vaut autant qu’un accord : on l’écrit.",
        "notice d’information, badges sans nom de famille",
    ),
    Step(
        30,
        "Ce que disent les chiffres, ce que disent les gens",
        "Cinq cartes de faits, une par une. Après chaque fait, quelqu’un dit ce qu’il vit. Les "
        "cartes « on ne sait pas bien » restent visibles.",
        "Qu’est-ce qui vous paraît juste ? Qu’est-ce qui vous paraît faux ?",
        "cartes de faits, carte A3 au mur",
    ),
    Step(
        20,
        "Choisir par où commencer",
        "Chacun colle trois gommettes sur les faits qui comptent pour lui, sans parler. On compte.",
        "Ce n’est pas un concours : on choisit par quoi commencer.",
        "gommettes, cartes de faits",
    ),
    Step(
        30,
        "Les causes",
        "Chaque table relie des cartes : à cause de quoi, et cela fait quoi ? Une flèche par lien.",
        "Remontez d’un cran : et cela, pourquoi ?",
        "grille « causes », cartes blanches",
        reported=True,
    ),
    Step(15, "Pause", "Eau, fruits, air. L’équipe recopie les causes."),
    Step(
        60,
        "Quatre futurs",
        "Deux axes, donc quatre futurs. Chaque table en prend un et raconte une journée de 2050 : "
        "la une d’un journal, un objet, une carte postale. Le climat est le même pour tous.",
        "Ni rêve ni cauchemar : une journée ordinaire dans ce futur.",
        "grille « futurs », cartes blanches",
        reported=True,
    ),
    Step(75, "Repas", "Ensemble. La garde d’enfants continue."),
    Step(
        60,
        "De 2050 à 2027",
        "On part de 2050 et on recule : qu’est-ce qui était vrai en 2040 ? en 2030 ? en 2027 ? "
        "Pour chaque date : ce qu’il faut, ce qui bloque, qui peut aider.",
        "Pour que ce soit vrai en 2040, qu’a-t-il fallu faire avant ?",
        "grille « chemin »",
        reported=True,
    ),
    Step(
        30,
        "Ce qu’on a déjà ici",
        "Chaque table pose les cartes de ressources sur le chemin, et en ajoute sur des cartes "
        "blanches. Une ressource qui tient à une seule personne est notée fragile.",
        "Et au mois d’août, est-ce ouvert ?",
        "cartes de ressources, cartes blanches",
    ),
    Step(15, "Pause", "Eau, fruits, air."),
    Step(
        60,
        "Les fiches solution",
        "Une fiche par idée : le problème, pour qui, où, avec quoi, qui, premier pas dans les 90 "
        "jours. Puis trois notes de 1 à 3 : effort, effet, justice.",
        "Qui y gagne ? Qui pourrait y perdre ?",
        "grille « solution »",
        reported=True,
    ),
    Step(
        20,
        "Vote et portage",
        "Trois gommettes chacun sur les fiches. Pour chaque fiche retenue, quelqu’un dit qu’il la "
        "porte ; une fiche sans porteur est gardée et le dit. Les avis minoritaires sont relus.",
        "Qui n’est pas d’accord ? On l’écrit avec vos mots.",
        "gommettes",
    ),
    Step(
        10,
        "Avant de partir",
        "Évaluation à chaud, sans nom. Dites la date de la restitution et où lire la suite.",
        "Chaque contribution a un numéro : il dit ce qu’elle devient.",
        "questionnaire, numéros",
    ),
)
WALK = (
    Step(
        10,
        "Départ",
        "On présente les rôles : guide, scribe, photographe sans visages, mesure. On regarde le "
        "parcours sur la carte. De l’eau pour tout le monde.",
        "On dit ce qu’on ressent, on ne cherche pas à se mettre d’accord.",
        "carte A3, grilles, stylos, thermomètre si vous en avez un",
    ),
    Step(
        80,
        "Les arrêts",
        "Huit à douze arrêts, sept minutes chacun. À chaque arrêt, chacun note en silence, puis on "
        "parle. Le scribe écrit les mots, pas un résumé.",
        "Et le soir ? Et en plein mois d’août ?",
        "grille d’observation",
    ),
    Step(
        20,
        "Retour",
        "Assis à l’ombre. Chacun dit une chose qui aide et une chose qui gêne. Les désaccords sont "
        "écrits sur la grille.",
        "Qu’avons-nous oublié ?",
        "cartes blanches",
    ),
    Step(
        10,
        "Avant de partir",
        "Dites quand et où aura lieu la restitution : dans les quinze jours, « ce qu’on a entendu, "
        "ce qu’on en fait ».",
        "",
        "numéros",
    ),
)
# For those who do not have three hours: at the school gate, before a class, on the landing.
SHORT = (
    Step(
        5,
        "Accueil",
        "On s’assoit en cercle, jamais derrière des tables. Dites à quoi cela sert et jusqu’à "
        "quelle heure. Qui arrive en retard entre quand même.",
        "Aucun nom n’est noté. On peut partir quand on veut.",
        "notice d’information, de l’eau",
    ),
    Step(
        10,
        "Un fait d’ici",
        "Deux cartes de faits, pas plus. On les lit à voix haute, puis on se tait une minute.",
        "Est-ce que cela ressemble à ce que vous vivez ?",
        "deux cartes de faits, en deux langues s’il le faut",
    ),
    Step(
        20,
        "Ce que cela fait chez nous",
        "Chacun raconte un moment : une nuit, un trajet, une attente. Une personne écrit les mots "
        "sur des cartes blanches.",
        "Et pour quelqu’un de plus âgé, ou d’un autre étage ?",
        "cartes blanches, feutres",
    ),
    Step(
        15,
        "Une question, une intention",
        "Chacun dit une question qui reste, puis, s’il veut, une chose qu’il voudrait essayer. On "
        "recopie mot pour mot sur la feuille de séance.",
        "Une intention n’est pas une promesse.",
        "feuille de séance",
    ),
    Step(
        5,
        "Avant de partir",
        "Dites qui répondra aux questions et quand. Proposez la suite, sans insister : une marche, "
        "une Fresque, une journée.",
        "",
        "numéros, agenda",
    ),
)
SCRIPTS = {
    "journee": ("Journée prospective", DAY),
    "marche": ("Diagnostic en marchant", WALK),
    "courte": ("Séance courte", SHORT),
}


def timed(steps: Sequence[Step], start: dt.time, tables: int) -> tuple[Timed, ...]:
    """Return steps with their hours from a start; more tables take more time to tell each other."""
    more = max(tables - USUAL_TABLES, 0) * REPORTING
    now = dt.datetime.combine(dt.date(2000, 1, 1), start)
    found = []
    for step in steps:
        minutes = step.minutes + (more if step.reported else 0)
        end = now + dt.timedelta(minutes=minutes)
        found.append(
            Timed(hour(now), hour(end), minutes, step.title, step.doing, step.saying, step.hand)
        )
        now = end
    return tuple(found)
