"""How people come in: by invitation only, then by code, with a second factor if they want one."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from segno import make


class InvitationOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody makes an account for themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """The code to photograph is drawn as the other ones of the site."""

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code of a secret."""
        return str(make(url, micro=False).svg_inline(scale=4, border=2, omitsize=True))
