"""The application as a web server calls it."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

application = get_wsgi_application()

from lms.startup import refuse_unsafe_database  # noqa: E402  it needs the settings

refuse_unsafe_database()
import_module(settings.ROOT_URLCONF)  # a page that can not be imported stops the start, not the first visitor
