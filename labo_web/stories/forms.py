"""Forms of stories: they validate, and keep what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release
from labo_web.roadmaps import figures
from labo_web.roadmaps.access import latest_release, neighbourhoods
from labo_web.stories.models import Block, Consent, Medium, Passage, Sending, Story, StoryLink
from labo_web.stories.subtitles import BadSubtitles, cues_of, written

LONGEST_YEARS = 10


def rows(many: int) -> forms.Textarea:
    """Return a field of some lines."""
    return forms.Textarea(attrs={"rows": many})


class HeadForm(forms.Form):
    """What a story is called, what it tells, and under what it may be used again."""

    title = forms.CharField(label="Titre", max_length=150)
    standfirst = forms.CharField(
        label="Chapô",
        max_length=600,
        required=False,
        widget=rows(3),
        help_text="Deux ou trois phrases qui disent de quoi il s’agit. On les lit dans les listes.",
    )
    told_by = forms.CharField(
        label="Raconté par",
        max_length=200,
        required=False,
        help_text="Un collectif, un organisme, ou rien. Une personne n’y est nommée que si elle le "
        "veut.",
    )
    kind = forms.ChoiceField(label="Nature", choices=Story.Kind.choices)
    zone = forms.ChoiceField(label="Quartier", required=False)
    licence = forms.ChoiceField(
        label="Réutilisation",
        choices=Story.Licence.choices,
        help_text="Elle ne donne rien sur l’image, la voix et les mots des personnes : ce sont "
        "leurs accords qui comptent.",
    )

    def __init__(self, names: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)  # noqa: S101 (for the type checker)
        zone.choices = [("", "tout le territoire"), *names.items()]


MARKS = (
    "Une ligne vide sépare deux paragraphes. Pour un intertitre, commencez la ligne par « ## ». "
    "Pour une liste, par « - ». Pour du gras : **mot**. Pour un lien : [les mots](https://…)."
)
ALT = "Pour qui ne voit pas l’image. Dites ce que l’on y voit, sans « photo de »."


class BlockForm(forms.Form):
    """What stands in a block: its fields depend on what it holds."""

    text = forms.CharField(required=False, max_length=12_000, widget=rows(10))
    file = forms.FileField(required=False)
    alt = forms.CharField(
        label="Ce que l’on voit", required=False, max_length=400, widget=rows(3), help_text=ALT
    )
    caption = forms.CharField(label="Légende", required=False, max_length=300)
    credit = forms.CharField(
        label="Crédit", required=False, max_length=150, help_text="Qui a pris ou enregistré."
    )
    transcript = forms.CharField(
        label="Transcription", required=False, max_length=20_000, widget=rows(8)
    )
    subtitles = forms.CharField(
        label="Sous-titres",
        required=False,
        max_length=60_000,
        widget=rows(8),
        help_text="Au format WebVTT ou SRT : une ligne de temps (00:00.000 --> 00:04.000), ce qui "
        "est dit dessous, une ligne vide. Dites aussi les bruits qui comptent : [Un rire].",
    )
    subtitles_file = forms.FileField(
        label="Ou un fichier de sous-titres", required=False,
        widget=forms.FileInput(attrs={"accept": ".vtt,.srt,text/vtt"}),
    )  # fmt: skip
    nobody = forms.BooleanField(
        label="Personne n’y est reconnaissable, ni vu ni entendu", required=False
    )
    consents = forms.ModelMultipleChoiceField(
        label="Accords des personnes que l’on y voit, entend ou lit",
        queryset=Consent.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    target = forms.ChoiceField(label="Chiffre", required=False)
    zone = forms.ChoiceField(label="Quartier", required=False)

    FIELDS: Mapping[str, tuple[str, ...]] = {
        Block.Kind.TEXT: ("text",),
        Block.Kind.QUOTE: ("text", "caption", "consents"),
        Block.Kind.PHOTO: ("file", "alt", "caption", "credit", "nobody", "consents"),
        Block.Kind.AUDIO: ("file", "transcript", "caption", "credit", "nobody", "consents"),
        Block.Kind.VIDEO: (
            *("file", "alt", "subtitles", "subtitles_file", "caption", "credit", "nobody"),
            "consents",
        ),
        Block.Kind.MAP: ("zone", "caption"),
        Block.Kind.FIGURE: ("target", "text"),
    }
    LABELS: Mapping[str, tuple[str, str]] = {
        Block.Kind.TEXT: ("Texte", MARKS),
        Block.Kind.QUOTE: (
            "Ce que la personne a dit",
            "Ses mots, sans guillemets. Le nom montré est celui de son accord, ou « anonyme ».",
        ),
        Block.Kind.FIGURE: (
            "Une phrase pour le présenter",
            "Sans nombre : la page met le chiffre, avec son intervalle et sa livraison.",
        ),
    }
    FILES: Mapping[str, tuple[str, str, str]] = {
        Block.Kind.PHOTO: ("Photo", "JPEG, PNG ou WebP, 12 Mo au plus.", "image/*"),
        Block.Kind.AUDIO: ("Son", "20 minutes et 60 Mo au plus.", "audio/*,video/mp4"),
        Block.Kind.VIDEO: (
            "Vidéo",
            "3 minutes et 95 Mo au plus. Sa préparation peut durer : ne quittez pas la page.",
            "video/*",
        ),
    }

    def __init__(
        self, request: HttpRequest, story: Story, block: Block, now: Passage | None, *args: Any,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        kwargs["initial"] = _initial(now)
        super().__init__(*args, **kwargs)
        self.block, self.now, self.request, self.story = block, now, request, story
        kind = block.kind
        for name in [*self.fields]:
            if name not in self.FIELDS[kind]:
                del self.fields[name]
        if kind in self.LABELS:
            self.fields["text"].label, self.fields["text"].help_text = self.LABELS[kind]
            if kind != Block.Kind.TEXT:
                self.fields["text"].widget.attrs["rows"] = 4
        if kind in self.FILES:
            label, said, accept = self.FILES[kind]
            has = now is not None and now.medium is not None and now.medium.name
            self.fields["file"].label = f"{label} : en mettre une autre" if has else label
            self.fields["file"].help_text = said
            self.fields["file"].widget.attrs |= {"accept": accept, "data-most": self.most}
        if "consents" in self.fields:
            self._offer_consents()
        self._offer_places()

    @property
    def most(self) -> int:
        """How many bytes its file may have."""
        from labo_web.stories.files import MOST_BYTES  # heavy: it brings what opens files

        return MOST_BYTES[Medium.Kind(self.block.kind)]

    def _offer_consents(self) -> None:
        field = self.fields["consents"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 (type checker)
        here = Consent.objects.filter(territory=self.story.territory, withdrawn_at=None)
        field.queryset = here
        bound = list(self.block.consents.all())
        self.bound = bound
        field.initial = [c.pk for c in bound]
        if bound:
            field.help_text = (
                "Un accord relié le reste : ce qu’il permet de montrer doit pouvoir partir avec "
                "lui. Pour vous en défaire, retirez ce passage et faites-en un autre."
            )

    def _offer_places(self) -> None:
        names = neighbourhoods(self.story.territory)
        if "zone" in self.fields:
            zone = self.fields["zone"]
            assert isinstance(zone, forms.ChoiceField)  # noqa: S101 (for the type checker)
            zone.choices = [("", "choisir…"), *names.items()]
        if "target" in self.fields:
            self.release: Release | None = latest_release(self.story.territory)
            target = self.fields["target"]
            assert isinstance(target, forms.ChoiceField)  # noqa: S101 (for the type checker)
            kept = []
            if self.now is not None and self.now.release_id:
                kept = [("", "garder le chiffre choisi, de sa livraison")]
            found = (
                figures.choices_of(self.request, self.release, names) if self.release else []
            )  # fmt: skip
            target.choices = [*(kept or [("", "choisir…")]), *found]
            if self.release:
                target.help_text = (
                    f"De la livraison {self.release.code} : le récit garde cette date, et dit quand"
                    " une livraison plus récente donne autre chose."
                )

    def clean_subtitles(self) -> str:
        """Subtitles are kept as browsers read them; what is not read stays, and is told."""
        typed = str(self.cleaned_data["subtitles"])
        return _subtitles(typed) if typed.strip() else ""

    def clean(self) -> dict[str, Any]:
        """A file of subtitles takes the place of those that were typed."""
        given = super().clean() or {}
        sent = given.get("subtitles_file")
        if sent is not None:
            try:
                given["subtitles"] = _subtitles(_text_of(sent))
            except forms.ValidationError as error:
                self.add_error("subtitles_file", error)
        return given

    def fields_to_keep(self) -> dict[str, Any]:
        """What the next passage holds, but for its file: the other fields stay as they were."""
        kept = {
            name: getattr(self.now, name)
            for name in ("medium", "release", "zone", "indicator")
            if self.now is not None
        }
        given = self.cleaned_data
        names = ("text", "alt", "caption", "credit", "transcript", "subtitles", "nobody")
        kept |= {name: given[name] for name in names if name in given}
        if self.block.kind == Block.Kind.MAP:
            kept["zone"] = given["zone"]
        if given.get("target"):
            zone, _, indicator = given["target"].partition("|")
            kept |= {"release": self.release, "zone": zone, "indicator": indicator}
        return kept


def _initial(now: Passage | None) -> dict[str, Any]:
    if now is None:
        return {}
    names = ("text", "alt", "caption", "credit", "transcript", "subtitles", "nobody", "zone")
    return {name: getattr(now, name) for name in names}


def _subtitles(text: str) -> str:
    try:
        return written(cues_of(text))
    except BadSubtitles as error:
        raise forms.ValidationError(str(error)) from error


MOST_SUBTITLES = 200_000


def _text_of(sent: Any) -> str:
    if sent.size > MOST_SUBTITLES:
        raise forms.ValidationError("Ce fichier est trop lourd pour des sous-titres.")
    try:
        return str(sent.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise forms.ValidationError(
            "Ce fichier n’est pas du texte en UTF-8 : enregistrez-le ainsi, ou collez les "
            "sous-titres dans le champ."
        ) from error


DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ConsentForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person agreed to, as their sheet says it, or as they will sign it on the screen."""

    class Meta:  # noqa: D106
        model = Consent
        fields = (
            *("person", "shown_as", "image", "voice", "words", "on_site", "in_documents"),
            *("in_data", "until", "language", "how", "kept_by", "signed_on", "minor"),
            *("first_holder_on", "second_holder_on", "sole_holder", "child_on"),
        )
        dates = ("until", "signed_on", "first_holder_on", "second_holder_on", "child_on")
        widgets = dict.fromkeys(dates, DATE)
        help_texts = {  # noqa: RUF012
            "person": "Pour vous y retrouver. Effacé si elle retire son accord.",
            "shown_as": "Un prénom, une fonction, un nom d’emprunt. Vide : « anonyme ».",
            "until": "Passé ce jour, tout ce qui en dépend n’est plus montré.",
            "language": "Par exemple : français, arabe, avec une interprète.",
            "how": "À l’écran, la personne signe elle-même avec le lien que vous lui remettez.",
            "kept_by": "Sur papier seulement : la feuille ne se dépose pas ici.",
            "signed_on": "Sur papier seulement.",
            "minor": "Il faut alors trois accords : les deux titulaires de l’autorité parentale, "
            "et l’enfant lui-même. Toujours sur papier.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].required = True
        how = self.fields["how"]
        assert isinstance(how, forms.ChoiceField)  # noqa: S101 (for the type checker)
        how.choices, how.initial = Consent.How.choices, Consent.How.PAPER
        self.fields["language"].required = True
        body = self.fields["kept_by"]
        assert isinstance(body, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        body.queryset = Organisation.objects.order_by("name")
        body.empty_label = "pas de feuille"

    def clean(self) -> dict[str, Any]:
        """A sheet has a keeper and a day; a child's is always a sheet."""
        given = super().clean() or {}
        today = timezone.localdate()
        for name in ("signed_on", "first_holder_on", "second_holder_on", "child_on"):
            if (day := given.get(name)) and day > today:
                self.add_error(name, f"Le {day:%d/%m/%Y} n’est pas encore venu.")
        until = given.get("until")
        if until and until <= today:
            self.add_error("until", f"Le {until:%d/%m/%Y} est déjà passé : l’accord n’en serait "
                           "pas un.")  # fmt: skip
        if until and until.year - today.year > LONGEST_YEARS:
            self.add_error("until", f"{LONGEST_YEARS} ans au plus : au-delà, on redemande.")
        if not any(given.get(name) for name in ("image", "voice", "words")):
            self.add_error("image", "Dites à quoi la personne consent : image, voix ou mots.")
        if given.get("how") == Consent.How.PAPER:
            if not given.get("kept_by"):
                self.add_error("kept_by", "Dites quel organisme garde la feuille signée.")
            if not given.get("signed_on"):
                self.add_error("signed_on", "Dites quel jour la feuille a été signée.")
        elif given.get("how") == Consent.How.SCREEN:
            if given.get("minor"):
                self.add_error("how", "L’accord d’un enfant se signe sur papier.")
            given["signed_on"] = None
            given["kept_by"] = None
        if not given.get("minor"):
            for name in ("first_holder_on", "second_holder_on", "child_on"):
                given[name] = None
            given["sole_holder"] = ""
        return given


class SignForm(forms.Form):
    """How a person signs on the screen: what they tick is what they agree to."""

    image = forms.BooleanField(label="Mon image", required=False)
    voice = forms.BooleanField(label="Ma voix", required=False)
    words = forms.BooleanField(label="Mes mots", required=False)
    on_site = forms.BooleanField(label="Sur ce site, que tout le monde lit", required=False)
    in_documents = forms.BooleanField(
        label="Dans des documents à imprimer, et le récit à emporter", required=False
    )
    in_data = forms.BooleanField(label="Dans les données ouvertes, réutilisables", required=False)
    adult = forms.BooleanField(label="J’ai 18 ans ou plus")
    understood = forms.BooleanField(
        label="On m’a expliqué, dans une langue que je comprends. Je peux changer d’avis."
    )
    name = forms.CharField(label="Votre nom, pour signer", max_length=120)

    def __init__(self, consent: Consent, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A person may agree to less than what was proposed, never to more.
        for name in (*("image", "voice", "words"), *("on_site", "in_documents", "in_data")):
            if not getattr(consent, name):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Something is agreed to, somewhere."""
        given = super().clean() or {}
        if not any(given.get(name) for name in ("image", "voice", "words")):
            self.add_error(None, "Cochez ce que vous acceptez : image, voix ou mots. Sinon, ne "
                           "signez pas : rien ne sera montré.")  # fmt: skip
        return given


class ReasonForm(forms.Form):
    """A few words beside a decision."""

    reason = forms.CharField(
        label="En quelques mots", max_length=1_000, required=False, widget=rows(3)
    )


class SendingForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who received what, when."""

    class Meta:  # noqa: D106
        model = Sending
        fields = ("recipient", "email", "what", "sent_on")
        widgets = {"sent_on": DATE}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "email": "Pour prévenir si quelqu’un retire son accord. Vide : vous préviendrez "
            "vous-même.",
            "what": "Par exemple : le PDF, pour l’exposition du centre social.",
        }


class LinkForm(forms.Form):
    """What a story tells of, and why, in a sentence."""

    target = forms.ChoiceField(label="Quoi")
    sentence = forms.CharField(
        label="En une phrase, ce que le récit en dit", max_length=400, widget=rows(2)
    )

    def __init__(self, choices: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        target = self.fields["target"]
        assert isinstance(target, forms.ChoiceField)  # noqa: S101 (for the type checker)
        target.choices = [("", "choisir…"), *choices]


LINK_KINDS: Mapping[str, str] = {
    "action": StoryLink.Kind.ACTION,
    "ressource": StoryLink.Kind.RESOURCE,
    "parole": StoryLink.Kind.CONTRIBUTION,
}
