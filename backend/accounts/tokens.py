"""Tokens: what a signed-in client shows, and how the server remembers it."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What is kept of a token: its SHA-256; a fast hash is enough, for a token cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
