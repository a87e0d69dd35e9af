"""The WSGI entry point: `gunicorn -c gunicorn.conf.py wsgi:app`, or any other server."""

import sys

from backend.app import create_app
from backend.bootstrap import build
from backend.errors import GacpError
from backend.settings import load

try:
    services = build(load())
    app = create_app(services)
except GacpError as error:
    sys.exit(f"gacp: {error}")
