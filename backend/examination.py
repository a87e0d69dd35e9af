"""Puts together what `gacp doctor` examines: a way to look at each part of this deployment, none of which is taken here."""

import atexit

from backend import jobs
from backend.adapters.embedded.lock import told_in
from backend.adapters.mongo import facts as mongo
from backend.adapters.redis import facts as redis
from backend.adapters.rq.roster import open_roster
from backend.adapters.rq.worker.liveness import signs
from backend.adapters.smtp.mailer import SmtpMailer
from backend.adapters.smtp.server import SmtpServer
from backend.adapters.sqlite import facts as sqlite
from backend.bootstrap import build
from backend.clock import SystemClock
from backend.foundation import documents_path
from backend.queues import registry
from backend.services import Services
from backend.services.doctor.patient import Instruments, Patient
from backend.settings import Settings, run_folder, strange_variables

SLOWEST_REDIS_MS = 1_000


def patient(settings: Settings, *, timeout_s: float, probes: int) -> Patient:
    """This deployment, seen from this machine; needs no server to be there."""
    instruments = Instruments(
        settings=settings,
        registry=registry.discover(jobs),
        services=lambda: _services(settings),
        redis=lambda: redis.look_at(settings.effective_redis_url, deadline_ms=max(settings.redis_deadline_ms, SLOWEST_REDIS_MS)),
        documents=lambda: (
            mongo.look_at(settings.mongodb_uri, settings.mongodb_database)
            if settings.mongodb_uri
            else sqlite.look_at(documents_path(settings))
        ),
        workers=lambda: open_roster(settings).seen(),
        life_signs=lambda: signs(run_folder(settings)),
        sign_in_to_mail=lambda: _mailer(settings, timeout_s).sign_in(),
        strange_variables=strange_variables(),
        dev_runs=bool(told_in(settings.data_dir)),
    )
    return Patient(instruments, timeout_s=timeout_s, probes=probes)


def _services(settings: Settings) -> Services:
    services = build(settings)
    atexit.register(services.close)
    return services


def _mailer(settings: Settings, timeout_s: float) -> SmtpMailer:
    return SmtpMailer(SmtpServer.parse(settings.smtp_url.get_secret_value()), settings.mail_from, SystemClock(), timeout=timeout_s)
