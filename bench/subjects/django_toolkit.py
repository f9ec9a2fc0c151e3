"""django-oauth-toolkit on SQLite in a file, with its default settings and Django's default password hasher."""

import base64
import tempfile

import django
from django.conf import settings

CLIENT_ID, SECRET = "toolkit-client", "ksdSdoefDDP7wpaElfqvmjDue"

if __name__ == "__main__":
    folder = tempfile.mkdtemp(prefix="bench-django-")
    settings.configure(
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="oauth2_provider.urls",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/db.sqlite3"}},
        AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend"],
        MIDDLEWARE=[],
        USE_TZ=True,
        OAUTH2_PROVIDER={"SCOPES": {"read": "read", "update": "update", "introspection": "introspection"}},
    )
    django.setup()

    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from oauth2_provider.models import Application

    from bench.subjects.authlib_flask import Requests

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("john", password="correct horse battery")
    kinds = {"client-credentials": CLIENT_ID, "password": f"{CLIENT_ID}-password"}
    for grant_type, client_id in kinds.items():
        Application.objects.create(
            client_id=client_id,
            client_secret=SECRET,
            hash_client_secret=False,
            client_type="confidential",
            authorization_grant_type=grant_type,
            user=user,
            name=grant_type,
        )
    basics = ["Basic " + base64.b64encode(f"{one}:{SECRET}".encode()).decode() for one in kinds.values()]
    application = get_wsgi_application()
    paths, form = ("/token/", "/introspect/"), {"username": "john", "password": "correct horse battery"}
    machine, people = (Requests(application, paths, form, basic) for basic in basics)
    from bench.subjects import protocol

    access_token = machine.client_credentials()["access_token"]
    protocol.serve(
        {
            "client_credentials": machine.client_credentials,
            "password": people.password,
            "refresh_token": people.refresh,
            "introspection": lambda: machine.introspect(access_token),
        }
    )
