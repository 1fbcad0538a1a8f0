"""What is told before each kind of gathering, and where it differs from the others."""

from __future__ import annotations

from dataclasses import dataclass

from labo_web.workshops.models import Event


@dataclass(frozen=True)
class Notice:
    """What a kind of gathering collects, and what is particular to it."""

    what: str
    why: str
    particular: str


NOTICES = {
    Event.Kind.FRESQUE: Notice(
        "Le nombre de personnes présentes, les questions et les intentions dites, sans nom ; si "
        "vous voulez, un avis avant, après et trois mois plus tard.",
        "Savoir ce que la rencontre a apporté et ce qui reste à expliquer.",
        "Vos émotions se disent dans la salle : elles ne sont pas notées.",
    ),
    Event.Kind.SHORT: Notice(
        "Le nombre de personnes présentes, les questions et les intentions dites, sans nom ; si "
        "vous voulez, un avis à la fin.",
        "Parler du climat ici avec celles et ceux qui n’ont pas trois heures.",
        "Rien de ce qui touche à la santé ou à la famille n’est noté.",
    ),
    Event.Kind.GATHERING: Notice(
        "Ce que chaque territoire apporte, les décisions et les notes prises, relues avant d’être "
        "publiées ; les paroles envoyées d’un téléphone, sans nom.",
        "Partager ce qui marche et ce qui ne marche pas entre les territoires, et le publier.",
        "Les organismes sont nommés, pas les personnes, sauf celles qui ont accepté d’être dans "
        "l’annuaire des pairs et qui peuvent en sortir.",
    ),
    Event.Kind.WALK: Notice(
        "Ce que le groupe note à chaque arrêt, des mots, des photos de lieux, une place sur la "
        "carte.",
        "Dire où l’on est bien et où l’on souffre du chaud, du bruit ou de l’eau.",
        "Les photos ne montrent pas de visage ni de plaque ; une photo n’est publiée qu’après "
        "vérification. La place est arrondie : jamais une porte d’entrée.",
    ),
    Event.Kind.FORESIGHT: Notice(
        "Ce que les tables écrivent, les gommettes, les paroles que vous envoyez, sans nom.",
        "Préparer la feuille de route du quartier avec celles et ceux qui y vivent.",
        "Les désaccords et les avis de quelques-uns sont gardés. Qui porte une solution est un "
        "organisme ou un groupe, pas une personne nommée.",
    ),
    Event.Kind.COPIL: Notice(
        "Les décisions prises, leur date, et le nom des personnes qui les signent pour leur "
        "organisme.",
        "Savoir qui a décidé quoi, et quand.",
        "Ici les noms sont ceux de personnes dans leur fonction. Elles peuvent effacer leur "
        "compte : la décision et l’organisme restent.",
    ),
    Event.Kind.COTECH: Notice(
        "Les avis techniques, leur date, et le nom des personnes qui les signent pour leur "
        "organisme.",
        "Préparer les décisions du comité de pilotage.",
        "Ici les noms sont ceux de personnes dans leur fonction.",
    ),
    Event.Kind.INTERVIEW: Notice(
        "Ce que vous dites, écrit par la personne qui vous écoute ; si vous êtes d’accord, votre "
        "voix.",
        "Garder une parole avec ses mots, sans la résumer.",
        "L’enregistrement demande votre accord, avant. Vous relisez ce qui sera publié. Pour une "
        "personne de moins de quinze ans, un parent donne aussi son accord.",
    ),
    Event.Kind.MEETING: Notice(
        "Les paroles et les votes que vous envoyez de votre téléphone ou que quelqu’un écrit pour "
        "vous, sans nom.",
        "Que chacun puisse s’exprimer, aussi celles et ceux qui ne prennent pas le micro.",
        "Rien n’apparaît à l’écran avant d’avoir été relu.",
    ),
}
