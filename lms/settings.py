"""Settings of Attest, read from the environment; docs/settings.md lists them with their defaults."""

from __future__ import annotations

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

env = environ.Env()
MODE = env("ATTEST_MODE", default="production")
if MODE not in {"production", "local", "test"}:
    raise ImproperlyConfigured(f"ATTEST_MODE is {MODE!r}; set it to production, local or test.")
PRODUCTION = MODE == "production"


def required(name: str, purpose: str) -> str:
    """Return a setting without which Attest must not start."""
    value = env(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. Set it to {purpose}.")
    return str(value)


# Secrets and addresses
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = required("SECRET_KEY", "a random text of at least 50 characters, and keep it secret")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
BASE_URL = required("BASE_URL", "the address people use, for example https://attest.example.com").rstrip("/")
ORGANISATION = env("ORGANISATION", default="Your organisation")  # printed on certificates and reports
_host = BASE_URL.split("//")[-1].split(":")[0]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_host])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE = BASE_URL.startswith("https://")
if PRODUCTION and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5):
    raise ImproperlyConfigured("SECRET_KEY is weak. Set it to a random text of at least 50 characters.")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG is on. Set DEBUG to false in production.")
if PRODUCTION and not SECURE:
    raise ImproperlyConfigured("BASE_URL does not begin with https://. Set it to the address with TLS.")

INSTALLED_APPS = [
    "lms.apps.LmsConfig",
    "reporting",
    "assessments",
    "enrollment",
    "courses",
    "notifications",
    "people",
    "records",
    "core",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "lms.apps.StaticFilesConfig",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "django_filters",
    "csp",
]

MIDDLEWARE = [
    "lms.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.RequestContextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"
FORM_RENDERER = "core.forms.AttestFormRenderer"
_loaders = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "builtins": ["core.templatetags.attest", "django.templatetags.i18n", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "lms.navigation.frame",
            ],
            "loaders": _loaders if DEBUG else [("django.template.loaders.cached.Loader", _loaders)],
        },
    }
]

# Database: the application's role for everything, the owner's for `migrate` alone
_database_url = "DATABASE_URL"
required(_database_url, "the URL of the PostgreSQL database as the application's role")
DATABASES = {"default": env.db_url(_database_url)}
DATABASES["default"].update(
    ENGINE="django.db.backends.postgresql",
    CONN_MAX_AGE=env.int("DATABASE_CONNECTION_SECONDS", default=600),
    CONN_HEALTH_CHECKS=True,
)
DATABASES["default"].setdefault("OPTIONS", {}).update(
    application_name="attest", options="-c synchronous_commit=on -c lock_timeout=10s"
)
if env("DATABASE_OWNER_URL", default=""):
    DATABASES["owner"] = env.db_url("DATABASE_OWNER_URL")
    DATABASES["owner"].update(ENGINE="django.db.backends.postgresql", CONN_MAX_AGE=0)
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis carries wake-ups, throttles and caches; it may be lost at any time
REDIS_URL = required("REDIS_URL", "the URL of a Redis server, for example redis://localhost:6379/0")
CACHES = {"default": {"BACKEND": "core.cache.ForgivingRedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "attest"}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 360
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "socket_timeout": 5, "socket_connect_timeout": 1}
# Of a request that wakes a worker; the worker itself waits for its broker as long as it takes.
CELERY_BROKER_TRANSPORT_OPTIONS |= {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
CELERY_TASK_PUBLISH_RETRY = False  # a wake-up that fails is swept up by beat; a request must not wait for it
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ALWAYS_EAGER = CELERY_TASK_EAGER_PROPAGATES = env.bool("CELERY_EAGER", default=False)
if PRODUCTION and CELERY_TASK_ALWAYS_EAGER:
    raise ImproperlyConfigured("CELERY_EAGER is on. Set it to false in production.")

# Files: static ones from the application, private ones only through a permission check
STATIC_URL = "/static/"
STATIC_ROOT = env("STATIC_FOLDER", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGE_FOLDER = env("STORAGE_FOLDER", default=str(BASE_DIR / "var" / "media"))
STORAGE_URL = env("STORAGE_URL", default="")  # s3://bucket?endpoint=https://host&region=…
ACCEL_LOCATION = env("ACCEL_LOCATION", default="")  # the internal location of an nginx that sends stored files
STORAGES = {
    "default": {"BACKEND": "core.storage.LocalStorage", "OPTIONS": {"location": STORAGE_FOLDER}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
if STORAGE_URL:
    from core.storage import s3_options

    STORAGES["default"] = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": s3_options(STORAGE_URL)}
IMPORT_FOLDER = env("IMPORT_FOLDER", default="")  # where another system puts lists of people
IMPORT_MAPPING = env("IMPORT_MAPPING", default="")  # the saved mapping by which those are read
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Mail
EMAIL_URL = env("EMAIL_URL", default="" if PRODUCTION else "consolemail://")
if PRODUCTION and not EMAIL_URL:
    raise ImproperlyConfigured(
        "EMAIL_URL is not set. Set it to the mail server, for example smtp://user:password@host:587."
    )
vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="") or f"Attest <no-reply@{_host}>"
BOUNCE_ADDRESS = env("BOUNCE_ADDRESS", default="")  # the sender on the envelope, to which undelivered mail returns
BOUNCES_FOLDER = env("BOUNCES_FOLDER", default="")  # a Maildir folder with what returned
_contact = "the address of whoever is told when an account is locked"
SECURITY_CONTACT = required("SECURITY_CONTACT", _contact) if PRODUCTION else env("SECURITY_CONTACT", default="")

# Web push: without a key nobody is offered it. Attest speaks to no other services than these.
WEB_PUSH_KEY = env("WEB_PUSH_KEY", default="")
WEB_PUSH_CONTACT = env("WEB_PUSH_CONTACT", default="") or SECURITY_CONTACT
WEB_PUSH_SERVICES = env.list(
    "WEB_PUSH_SERVICES",
    default=[
        "https://fcm.googleapis.com", "https://updates.push.services.mozilla.com",
        "https://*.push.apple.com", "https://*.notify.windows.com",
    ],
)  # fmt: skip
if WEB_PUSH_KEY and not WEB_PUSH_CONTACT:
    raise ImproperlyConfigured("WEB_PUSH_CONTACT is not set. Set it to an address that push services may write to.")

# Who signs in, and how
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # an e-mail address is unique among active people: a partial constraint
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["people.backends.PersonBackend"]
PASSWORD_HASHERS = ["people.hashers.AttestArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "people.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {"login": "people.forms.SignInForm", "reset_password": "people.forms.PasswordLinkForm"}
# Wrong passwords are counted in PostgreSQL (people.rules), and braked by people.adapter.
ACCOUNT_RATE_LIMITS = {"login": "", "login_failed": "", "reset_password": "20/m/ip,5/m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Attest"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "enrollment:home"

SESSION_COOKIE_AGE = 12 * 3600  # absolute limit
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=1800)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "attest_session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "attest_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)  # only behind one that strips these headers from outside
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# Language and time: instants are UTC, shown in the zone of the person
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "core.logs.RequestFilter"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request"]}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO" if PRODUCTION else "WARNING")},
}
