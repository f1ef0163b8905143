"""params.json in, the configuration of this trial out."""

import json
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Config:
    # Where everything random starts.
    seed: int
    # The folder of the prepared data.
    data: str | None
    # The checkpoints that this trial takes from, by the input's name.
    inputs: dict[str, str]
    # The model, with its provider, as litellm names it: openai/gpt-4o-mini, anthropic/claude-sonnet-4-5, ollama/llama3.
    model: str
    # The address of a server that isn't the provider's own, such as http://127.0.0.1:8000/v1.
    api_base: str | None
    # A text file in which {question} stands for the question, and {choices} for its choices, one a line; without
    # {choices} they follow the question. null asks the question alone.
    prompt: str | None
    # A text file that becomes the system message; null sends none.
    system: str | None
    # How freely words are drawn; null leaves it to the model, and some accept nothing else.
    temperature: float | None
    # The longest answer; what is longer is cut off, and counts as truncated.
    max_tokens: int
    # How many questions are asked, from the first; null asks all.
    limit: int | None
    # Questions asked at once by one trial.
    concurrency: int
    # Seconds until an answer is given up, and asked for again.
    timeout: float
    # How often a question is asked again when the server is busy (429), fails (5xx) or is silent; then the trial fails.
    retries: int
    # Seconds before a question is asked again; twice as many each time, at most a minute, unless the server says how
    # many.
    backoff: float


def load():
    """The configuration in the current folder's params.json. What another parameter switches off is None."""
    with open("params.json", encoding="utf-8") as file:
        trial = json.load(file)
    wanted = {field.name for field in fields(Config)}
    params = {name: value for name, value in trial["params"].items() if name in wanted}
    return Config(seed=trial["seed"], data=trial["data"], inputs=trial["from"], **params)
