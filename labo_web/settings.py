"""Settings of the website: every choice is an environment variable, listed in .env.example."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

HERE = Path(__file__).resolve().parent
YES, NO = {"1", "true", "yes", "oui"}, {"", "0", "false", "no", "non"}


def envtext(name: str, default: str | None = None) -> str:
    """Return a variable, its default, or refuse to start."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set: see .env.example.")
    return default


def envbool(name: str, default: bool = False) -> bool:
    """Return whether a variable says yes."""
    value = os.environ.get(name, "1" if default else "0").strip().lower()
    if value not in YES | NO:
        raise ImproperlyConfigured(f"{name} is {value!r}: give 1 or 0.")
    return value in YES


def envint(name: str, default: int) -> int:
    """Return a variable as a whole number."""
    value = os.environ.get(name, "").strip() or str(default)
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}: give a whole number.") from error


def envlist(name: str, default: str = "") -> list[str]:
    """Return the parts of a variable between commas."""
    return [part.strip() for part in envtext(name, default).split(",") if part.strip()]


def database(url: str, sqlite: Path) -> dict[str, Any]:
    """Return the database of a URL: postgres://user:secret@host:port/name; SQLite where empty."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": sqlite,
            # The last reader who closes the file empties its journal, and the others wait for it.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "DATABASE_URL is not understood: write postgres://user:secret@host:5432/name, "
            "or leave it empty for SQLite."
        )
    # postgres://user@/name?host=/run/postgresql is a Unix socket.
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DEBUG = envbool("LABO_DEBUG")
SECRET_KEY = envtext("LABO_SECRET_KEY", "for-demonstration-only" if DEBUG else None)
ALLOWED_HOSTS = envlist("LABO_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = envlist("LABO_ORIGINS")
# Holds the SQLite file, the imported releases and the collected static files.
DATA = Path(envtext("LABO_DATA", str(Path.cwd() / "data"))).resolve()
RELEASES = DATA / "releases"
DATABASES = {"default": database(envtext("DATABASE_URL", ""), DATA / "labo.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "labo_web.accounts",
    "labo_web.releases",
    "labo_web.resources",
    "labo_web.workshops",
    "labo_web.roadmaps",
    "labo_web.stories",
    "labo_web.programme",
    "labo_web.atlas",
    "labo_web.moving",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "labo_web.atlas.reuse.open_answers",
    "labo_web.bounds.bounded_query",
    "labo_web.bounds.bounded_body",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "labo_web.bounds.whole_body",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "labo_web.bounds.large_for_members",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Nearest to the page: lengths and digests are then those of what is sent.
    "labo_web.typography.set_in_french",
    "labo_web.missing.InFrench",
]
ROOT_URLCONF = "labo_web.urls"
WSGI_APPLICATION = "labo_web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["labo_web.grammar"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# People are invited, and sign in with a code sent to their address: no password is kept.
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "labo_web.accounts.adapter.InvitationOnly"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # the code itself proves the address
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# Also of those who accept an invitation; whoever a known provider vouches for has no need of one.
ACCOUNT_LOGIN_BY_CODE_REQUIRED = {"password"}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers are not written to
# Requests of codes: by address of the network, and by mail address asked for.
ACCOUNT_RATE_LIMITS = {"request_login_code": "60/h/ip,3/m/key,10/h/key"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "labo_web.accounts.adapter.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Labo Quartiers en Transitions"
MFA_TOTP_TOLERANCE = 1  # clocks of telephones differ by up to half a minute
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "welcome"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "home"

# An identity provider, such as ProConnect: off until its issuer is set.
OIDC_ISSUER = envtext("LABO_OIDC_ISSUER", "").rstrip("/")
OIDC_ORIGIN = [f"https://{urlsplit(OIDC_ISSUER).netloc}"] if OIDC_ISSUER else []
OIDC_NAME = envtext("LABO_OIDC_NAME", "ProConnect")
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "fournisseur",
                "name": OIDC_NAME,
                "client_id": envtext("LABO_OIDC_CLIENT_ID"),
                "secret": envtext("LABO_OIDC_CLIENT_SECRET"),
                "settings": {
                    "server_url": OIDC_ISSUER,
                    "scope": envtext("LABO_OIDC_SCOPES", "openid email").split(),
                    "auth_params": {},
                    # Otherwise each answer says whether the address was verified.
                    "verified_email": envbool("LABO_OIDC_VERIFIES_EMAIL") or None,
                },
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}

EMAIL_HOST = envtext("LABO_MAIL_HOST", "")
EMAIL_PORT = envint("LABO_MAIL_PORT", 587)
EMAIL_HOST_USER = envtext("LABO_MAIL_USER", "")
EMAIL_HOST_PASSWORD = envtext("LABO_MAIL_PASSWORD", "")
EMAIL_USE_TLS = envbool("LABO_MAIL_TLS", default=True)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = envtext("LABO_MAIL_FROM", "labo@localhost")

# What the legal notice says; what is empty, the page says that it is to be completed.
ABOUT = {
    name: envtext(f"LABO_{name.upper()}", "")
    for name in (
        *("publisher", "publisher_address", "publication_director", "hosting", "contact"),
        *("data_protection", "source_code"),
    )
}

LANGUAGE_CODE = "fr"
# Those that some pages for residents are translated into: see `languages`.
LANGUAGES = [("fr", "français"), ("en", "English")]
LOCALE_PATHS = [HERE / "locale"]
TIME_ZONE = "Europe/Paris"
USE_I18N = USE_TZ = True

# Photos and voices of workshops: no address serves this folder, a view does after its checks.
MEDIA_ROOT = DATA / "media"
STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [HERE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "labo_web.staticfiles.HashedStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_MIMETYPES = {".mjs": "text/javascript"}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # Browsers hold the answer of a form to this too: the provider is where one is sent.
        "form-action": [SELF, *OIDC_ORIGIN],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Behind a proxy that ends TLS; a demonstration on 127.0.0.1 has none.
TLS = envbool("LABO_TLS", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SECURE_SSL_REDIRECT = TLS
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
# Whether subdomains do the same, and a place in the browsers' list, are for the domain's owner.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# Asked from the machine itself, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^sante/$"]
# Whoever holds it may read a few counts at /mesures/; empty: nobody.
METRICS_TOKEN = envtext("LABO_METRICS_TOKEN", "")
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if envbool("LABO_BEHIND_PROXY") else None
)
# Its rates count the visitors' own addresses, which that proxy adds to X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = int(SECURE_PROXY_SSL_HEADER is not None)
# Shared by the processes of the site, so that rates are counted once.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA / "cache",
        # Of the 300 by default, a busy room would push out the counts of others.
        "OPTIONS": {"MAX_ENTRIES": 5_000},
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# What is kept of workshops, for how long, and who answers for it: the command `purge_workshops` and
# the documents of the data-protection officer both read it here. An empty name is said so there.
KEEP_WORDS_DAYS = envint("LABO_KEEP_WORDS_DAYS", 730)
KEEP_FILES_DAYS = envint("LABO_KEEP_FILES_DAYS", 180)
KEEP_REGISTRATIONS_DAYS = envint("LABO_KEEP_REGISTRATIONS_DAYS", 30)
CONTROLLER = envtext("LABO_CONTROLLER", "")
RESOURCE_CENTRE = envtext("LABO_RESOURCE_CENTRE", "")
DPO_CONTACT = envtext("LABO_DPO_CONTACT", "")
HOSTED_BY = envtext("LABO_HOSTED_BY", "")
# Days after which `labo-web purge` erases what was refused and the means of reaching somebody, and
# what then remains of anything that was withdrawn: to be settled with the data-protection officer.
REFUSED_DAYS = envint("LABO_REFUSED_DAYS", 90)
RETENTION_DAYS = envint("LABO_RETENTION_DAYS", 730)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_paths": {"()": "labo_web.logs.WithoutPaths"}},
    "formatters": {
        "plain": {
            "()": "logging.Formatter" if DEBUG else "labo_web.logs.WithoutMessages",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": [] if DEBUG else ["without_paths"],
            "formatter": "plain",
        }
    },
    # Otherwise Django writes to its own handler beside this one, and mails errors in full.
    "loggers": {"django": {"handlers": [], "propagate": True}},
    "root": {"handlers": ["console"], "level": envtext("LABO_LOG_LEVEL", "WARNING").upper()},
}
