"""The least of a Django project in which the application analytics runs: for its tests, and to try it by hand."""

import os
from pathlib import Path

_here = Path(os.environ.get("ANALYTICS_DIR", "."))

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "for tests")
ALLOWED_HOSTS = ["tasks.university.example", "analytics.university.example", "tasks.internal"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "analytics"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "analytics.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": _here / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SESSION_COOKIE_SECURE = True

ANALYTICS_URL = "https://analytics.university.example"
ANALYTICS_INTERNAL_HOST = "tasks.internal"
ANALYTICS_KEY_FILE = _here / "analytics.pem"
ANALYTICS_ROLES = {"teachers": "Viewer", "product": "Editor"}
