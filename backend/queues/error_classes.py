"""The table of error classes: those that are told apart in metrics, and what an analyst calls each (seed 002)."""

from typing import Literal

ErrorType = Literal[
    "FLUX_API_ERROR",
    "STORAGE_ERROR",
    "CREDIT_ERROR",
    "TIMEOUT_ERROR",
    "NETWORK_ERROR",
    "CONTROLNET_ERROR",
    "VALIDATION_ERROR",
    "UNKNOWN_ERROR",
]
OTHER = "other"
"""The class of what is not in the table, so that their number is limited."""

ERROR_CLASSES: dict[str, ErrorType] = {
    # An outside service: the model that reviews or draws, the calendar, the mail server
    "TemporaryFailure": "FLUX_API_ERROR",
    "PermanentFailure": "FLUX_API_ERROR",
    "ProviderError": "FLUX_API_ERROR",
    "Misconfigured": "FLUX_API_ERROR",
    "EventExists": "FLUX_API_ERROR",
    "EventGone": "FLUX_API_ERROR",
    "EventChanged": "FLUX_API_ERROR",
    "EventRefused": "FLUX_API_ERROR",
    # Where things are kept
    "StoreUnavailable": "STORAGE_ERROR",
    "DuplicateKey": "STORAGE_ERROR",
    "VersionConflict": "STORAGE_ERROR",
    "OSError": "STORAGE_ERROR",
    "FileNotFoundError": "STORAGE_ERROR",
    "FileExistsError": "STORAGE_ERROR",
    "PermissionError": "STORAGE_ERROR",
    "TooLarge": "STORAGE_ERROR",
    "NotKept": "STORAGE_ERROR",
    # It took too long
    "NoAnswer": "TIMEOUT_ERROR",
    "JobTimedOut": "TIMEOUT_ERROR",
    "JobExpired": "TIMEOUT_ERROR",
    "TimeoutError": "TIMEOUT_ERROR",
    # Nobody was reached
    "Unreachable": "NETWORK_ERROR",
    "Unavailable": "NETWORK_ERROR",
    "BrokerUnavailable": "NETWORK_ERROR",
    "PatienceLost": "NETWORK_ERROR",
    "ConnectionError": "NETWORK_ERROR",
    "ConnectionRefusedError": "NETWORK_ERROR",
    "ConnectionResetError": "NETWORK_ERROR",
    "ConnectionAbortedError": "NETWORK_ERROR",
    "BrokenPipeError": "NETWORK_ERROR",
    "gaierror": "NETWORK_ERROR",
    # What the job was given, or found, breaks a rule
    "InvalidInput": "VALIDATION_ERROR",
    "Malformed": "VALIDATION_ERROR",
    "WrongType": "VALIDATION_ERROR",
    "NotFound": "VALIDATION_ERROR",
    "NotAllowed": "VALIDATION_ERROR",
    "Conflict": "VALIDATION_ERROR",
    "ValidationError": "VALIDATION_ERROR",
    "ValueError": "VALIDATION_ERROR",
    "UnknownJobType": "VALIDATION_ERROR",
    # Ends of the platform's own, and accidents
    "LostWorker": "UNKNOWN_ERROR",
    "JobCrashed": "UNKNOWN_ERROR",
    "JobCancelled": "UNKNOWN_ERROR",
    "JobFailed": "UNKNOWN_ERROR",
    "Raised": "UNKNOWN_ERROR",
    "GacpError": "UNKNOWN_ERROR",
    "KeyError": "UNKNOWN_ERROR",
    "TypeError": "UNKNOWN_ERROR",
    "AttributeError": "UNKNOWN_ERROR",
    "IndexError": "UNKNOWN_ERROR",
    "AssertionError": "UNKNOWN_ERROR",
    "ZeroDivisionError": "UNKNOWN_ERROR",
    "RuntimeError": "UNKNOWN_ERROR",
    "NotImplementedError": "UNKNOWN_ERROR",
    "RecursionError": "UNKNOWN_ERROR",
    "MemoryError": "UNKNOWN_ERROR",
    "SystemExit": "UNKNOWN_ERROR",
    OTHER: "UNKNOWN_ERROR",
}


def known_class(name: str) -> str:
    """The class itself where the table has it, else `other`."""
    return name if name in ERROR_CLASSES else OTHER


def error_type(name: str) -> ErrorType:
    """The error type of seed 002 that a class belongs to."""
    return ERROR_CLASSES.get(name, "UNKNOWN_ERROR")
