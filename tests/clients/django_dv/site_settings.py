"""Django's settings for the test DV; what differs per run comes from the JSON file that `DV_SETTINGS` names."""

import json
import os
from pathlib import Path

DV = json.loads(Path(os.environ["DV_SETTINGS"]).read_text())
FOLDER = Path(DV["folder"])

SECRET_KEY = "of a test, on loopback"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "sessionprofile",
    "privates",
    "simple_certmanager",
    "solo",
    "digid_eherkenning",
    "people",
]
MIDDLEWARE = [
    "sessionprofile.middleware.SessionProfileMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
ROOT_URLCONF = "site_urls"
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "digid_eherkenning.backends.DigiDBackend",
    "digid_eherkenning.backends.eHerkenningBackend",
]
LOGIN_URL = LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "dv.sqlite3"}}
# The library keeps the ids of its requests in the cache, to compare InResponseTo with.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": FOLDER / "cache"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
PRIVATE_MEDIA_ROOT = SENDFILE_ROOT = str(FOLDER / "private")
PRIVATE_MEDIA_URL = "/private/"
SENDFILE_BACKEND = "django_sendfile.backends.development"
SESSION_COOKIE_NAME = "dv_session"
LANGUAGE_CODE = "en"
USE_TZ = True
