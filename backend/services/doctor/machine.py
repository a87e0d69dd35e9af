"""Checks of this machine: do the clocks agree, is there room on the disk, may we write where we must."""

import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from backend.services.doctor.checks import Check, Verdict, failed, ok, skipped, warning
from backend.services.doctor.patient import Patient

SUBJECT = "machine"
OFF_S, WRONG_S = 1.0, 10.0
MIB = 1024 * 1024
LITTLE, TOO_LITTLE = 2048 * MIB, 200 * MIB
FOLDERS = ("files", "outbox", "calendar", "run")
_CURE = "let both machines follow a time server: timedatectl set-ntp true"
_BUILT = datetime(2024, 1, 1, tzinfo=UTC)


def _told(whose: str, ahead_s: float) -> Verdict:
    """Leases and delays are compared between clocks: a second hurts nobody, ten take running jobs for lost."""
    seen = f"the clock of {whose} goes {abs(ahead_s):.3f} s {'before' if ahead_s > 0 else 'behind'} this one"
    if abs(ahead_s) >= WRONG_S:
        return failed(seen, _CURE)
    return warning(seen, _CURE) if abs(ahead_s) >= OFF_S else ok(seen)


def _redis_clock(patient: Patient) -> Verdict:
    return _told("Redis", patient.redis().ahead_s)


def _documents_clock(patient: Patient) -> Verdict:
    ahead_s = patient.documents().ahead_s
    return ok("the document store is on this machine, and has its clock") if ahead_s is None else _told("the document store", ahead_s)


def _own_clock(_patient: Patient) -> Verdict:
    now = datetime.now(UTC)
    if now < _BUILT:
        return failed(f"this machine takes it to be {now:%Y-%m-%d}", _CURE)
    return ok(f"{now:%Y-%m-%dT%H:%M:%SZ}")


def _disk(patient: Patient) -> Verdict:
    folder = _there(patient.settings.data_dir)
    usage = shutil.disk_usage(folder)
    nodes = os.statvfs(folder)
    seen = f"{usage.free // MIB} MiB free of {usage.total // MIB} at {folder}"
    if usage.free < TOO_LITTLE or (nodes.f_files and nodes.f_favail < 1_000):
        return failed(f"{seen}, {nodes.f_favail} files more", "make room: old letters in DATA_DIR/outbox, old reports, logs")
    return warning(seen, "make room, or move DATA_DIR") if usage.free < LITTLE else ok(seen)


def _rights(patient: Patient) -> Verdict:
    data = patient.settings.data_dir
    if not data.exists():
        parent = _there(data)
        if not os.access(parent, os.W_OK):
            return failed(
                f"{data} is not there, and cannot be made in {parent}", "make it, for the user of the processes: install -d -o USER"
            )
        return ok(f"{data} is not there yet: the first process makes it")
    refused = [str(folder) for folder in (data, *(data / name for name in FOLDERS)) if folder.exists() and not writable(folder)]
    if refused:
        return failed(f"no file can be made in {', '.join(refused)}", f"chown -R the user of the processes {data}")
    return ok(f"files can be made in {data.resolve()}")


def _private(patient: Patient) -> Verdict:
    data = patient.settings.data_dir
    kept = [path for name in ("secret-key", "documents.db", "valkey/server.json", "dev.lock") if (path := data / name).exists()]
    open_ = [str(path) for path in kept if path.stat().st_mode & 0o077]
    if open_:
        return warning(f"other users of this machine can read {', '.join(open_)}", f"chmod 600 {' '.join(open_)}")
    return ok("nobody else reads what is private there") if kept else skipped("nothing is kept there yet")


def writable(folder: Path) -> bool:
    """Whether a file can be made there, which rights alone do not tell of a full or read-only disk."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"gacp doctor")
            file.flush()
    except OSError:
        return False
    return True


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    folder = folder.resolve()
    while not folder.exists():
        folder = folder.parent
    return folder


CHECKS = (
    Check("clock", SUBJECT, _own_clock),
    Check("clock-redis", SUBJECT, _redis_clock, needs=("redis",)),
    Check("clock-documents", SUBJECT, _documents_clock, needs=("documents",)),
    Check("disk", SUBJECT, _disk),
    Check("data-dir", SUBJECT, _rights),
    Check("private-files", SUBJECT, _private),
)
