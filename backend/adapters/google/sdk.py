"""The one module that imports google-generativeai: sends a conversation to Gemini and tells its errors apart."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.adapters.google.errors import gemini_failure
from backend.adapters.google.per_process import PerProcess
from backend.errors import Misconfigured, NoAnswer, PermanentFailure, Unreachable

TEMPERATURE = 0.1
MAX_OUTPUT_TOKENS = 4096


@dataclass(frozen=True)
class Turn:
    """One message of the conversation; `role` is `user` or `model`."""

    role: str
    text: str


@dataclass(frozen=True)
class RawAnswer:
    """The text of the first candidate, empty where there is none, and why the model stopped."""

    text: str
    finish_reason: str
    input_tokens: int
    output_tokens: int


class GeminiSdk:
    """A model with its instructions; `endpoint` is empty for Google itself. The SDK is loaded by the first call."""

    def __init__(self, api_key: str, model: str, endpoint: str, *, instruction: str, schema: Mapping[str, Any]) -> None:
        self._api_key = api_key
        self._name = model
        self._endpoint = endpoint.rstrip("/").removesuffix("/v1beta")
        self._instruction = instruction
        self._schema = schema
        self._model = PerProcess(self._make)

    def generate(self, turns: Sequence[Turn], timeout_s: float) -> RawAnswer:
        """Ask once, without retries of its own.

        Raises TemporaryFailure, PermanentFailure (a blocked prompt too) and Misconfigured.
        """
        model = self._model.get()
        import requests  # noqa: PLC0415 - the transport of the SDK, loaded with it
        from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415
        from google.protobuf.json_format import ParseError  # noqa: PLC0415

        contents = [{"role": turn.role, "parts": [{"text": turn.text}]} for turn in turns]
        # Without retry=None the SDK repeats a 503 for ten minutes, whatever the time-out says.
        options = {"timeout": timeout_s, "retry": None}
        try:
            return _raw(model.generate_content(contents, request_options=options))
        except GoogleAPICallError as error:
            raise gemini_failure(int(error.code or 500), error.details or ()) from error
        except requests.exceptions.InvalidURL as error:
            raise Misconfigured("GEMINI_API_ENDPOINT is not an address such as https://host") from error
        except requests.exceptions.Timeout as error:
            raise NoAnswer(f"Gemini did not answer within {timeout_s:.0f} s") from error
        except (requests.exceptions.RequestException, ParseError) as error:
            raise Unreachable(f"Gemini cannot be reached, or something else answers in its place ({type(error).__name__})") from error

    def _make(self) -> Any:
        genai = _load()
        # REST, for a gRPC channel does not survive a fork.
        genai.configure(
            api_key=self._api_key,
            transport="rest",
            client_options={"api_endpoint": self._endpoint} if self._endpoint else None,
        )
        return genai.GenerativeModel(
            self._name,
            system_instruction=self._instruction,
            generation_config={
                "temperature": TEMPERATURE,
                "candidate_count": 1,
                "max_output_tokens": MAX_OUTPUT_TOKENS,
                "response_mime_type": "application/json",
                "response_schema": self._schema,
            },
            # Applications speak of cannabis and pesticides: only what is certainly harmful may stop a review.
            safety_settings={"DANGEROUS": "BLOCK_ONLY_HIGH"},
        )


def _load() -> Any:
    with warnings.catch_warnings():
        # Its end of support is known, and why it sits behind a port.
        warnings.simplefilter("ignore", FutureWarning)
        import google.generativeai as genai  # noqa: PLC0415 - two seconds and 80 MB that only a review needs
    # At DEBUG the SDK logs whole requests: the applicant's data and the key.
    logging.getLogger("google.ai").setLevel(logging.INFO)
    return genai


def _raw(response: Any) -> RawAnswer:
    if response.prompt_feedback.block_reason:
        raise PermanentFailure(f"Gemini refused the prompt: {_name(response.prompt_feedback.block_reason)}")
    usage = response.usage_metadata
    candidate = response.candidates[0] if response.candidates else None
    return RawAnswer(
        text="".join(part.text for part in candidate.content.parts) if candidate else "",
        finish_reason=_name(candidate.finish_reason) if candidate else "NO_CANDIDATE",
        input_tokens=usage.prompt_token_count,
        output_tokens=usage.candidates_token_count,
    )


def _name(value: Any) -> str:
    """The name of an enum value; one that is newer than the SDK arrives as a bare number."""
    return str(getattr(value, "name", value))
