"""Messages in, a model's answer out: out of the cache, or else of the model, asked again while it is busy."""

import os
import random
import time

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it would fetch its list of prices when it is imported

import litellm

from cache import remember, remembered

litellm.suppress_debug_info = True
litellm.telemetry = False

BUSY = (408, 409, 425, 429, 500, 502, 503, 504)
LONGEST_PAUSE = 60.0


class Unanswered(Exception):  # noqa: N818
    """A question that no answer can be had for, and why."""


def check_key(config):
    """Without a key, every question would be asked in vain."""
    names = ", ".join(missing_keys(config.model))
    if names and config.api_base is None:
        raise SystemExit(f"{config.model} needs {names}: write `environment: {{network: host, secrets: [{names}]}}`")


def missing_keys(model):
    """The variables that should hold a key for the model's provider, and don't."""
    asked = litellm.validate_environment(model)["missing_keys"]
    return [name for name in asked if name.endswith(("_KEY", "_TOKEN"))]  # addresses have a default


def answer(config, messages):
    """The answer (`described` says what it has), and whether it was known."""
    request = request_of(config, messages)
    known = remembered(request)
    return (known, True) if known is not None else (remember(request, ask(config, request)), False)


def request_of(config, messages):
    """All that decides the answer; so it is also what the cache goes by."""
    request = {
        "model": config.model,
        "api_base": config.api_base,
        "messages": messages,
        "temperature": config.temperature,
        "max_tokens": config.max_tokens,
        "seed": config.seed,
    }
    return {name: value for name, value in request.items() if value is not None}


def ask(config, request):
    """One answer. A server that is busy or fails is asked again, after a pause that doubles each time."""
    sent = accepted(request)
    if config.api_base is not None and missing_keys(config.model):
        sent["api_key"] = "none"  # a server of one's own rarely wants one, and the client insists on sending something
    for attempt in range(config.retries + 1):
        started = time.monotonic()
        try:
            response = litellm.completion(**sent, timeout=config.timeout, num_retries=0, max_retries=0)
            return described(response, config.model, time.monotonic() - started)
        except Exception as error:  # noqa: BLE001 - whatever a provider's client raises
            problem = f"{type(error).__name__}: {error}"
            if getattr(error, "status_code", None) not in BUSY:
                raise Unanswered(problem) from None
            last = error
        if attempt < config.retries:
            time.sleep(pause(last, attempt, config.backoff))
    raise Unanswered(f"asked {config.retries + 1} times, and at last {problem}")


def accepted(request):
    """The request without a seed, where the model takes none: repetitions then differ by chance alone."""
    taken = litellm.get_supported_openai_params(model=request["model"]) or []
    return {name: value for name, value in request.items() if name != "seed" or "seed" in taken}


def pause(error, attempt, backoff):
    """Seconds: what the server asks for, or what doubles each time, less a random part so that not all come at once."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return min(float(headers.get("retry-after")), LONGEST_PAUSE)
    except (TypeError, ValueError):
        return min(backoff * 2**attempt, LONGEST_PAUSE) * random.uniform(0.5, 1.0)


def described(response, model, seconds):
    choice, usage = response.choices[0], getattr(response, "usage", None)
    counted = bool(usage and usage.prompt_tokens)  # where the server counts nothing, the library says 0
    return {
        "text": choice.message.content or "",
        "finish": choice.finish_reason,
        "prompt_tokens": usage.prompt_tokens if counted else None,
        "completion_tokens": usage.completion_tokens if counted else None,
        "cost": cost_of(response, model) if counted else None,
        "seconds": round(seconds, 6),
    }


def cost_of(response, model):
    """US dollars; None for a model without a price."""
    try:
        return litellm.completion_cost(completion_response=response, model=model)
    except Exception:  # noqa: BLE001 - the library raises this very class for a model that it doesn't know
        return None
