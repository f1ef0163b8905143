"""Questions in, answers in the shape of OpenAI's chat API out: two small "models" on loopback, always the same.

`parrot` knows what is easy, and is confused when it is to think; `owl` multiplies if it may do it in steps. They
stand in for language models, so that this example runs anywhere, without a key, and gives the same table everywhere.

    python server.py [PORT]
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CAPITALS = {
    "Austria": "Vienna", "Chile": "Santiago", "Egypt": "Cairo", "Finland": "Helsinki", "Ghana": "Accra",
    "Japan": "Tokyo", "Kenya": "Nairobi", "Nepal": "Kathmandu", "Peru": "Lima", "Portugal": "Lisbon",
}  # fmt: skip
SUM = re.compile(r"(\d+) (plus|minus|times) (\d+)")


def answer(model, text):
    """What a model says to a text. How much of it is right hangs on the model, the task and the prompt."""
    steps, terse = "step by step" in text, "only" in text
    if found := SUM.search(text):
        one, other = int(found[1]), int(found[3])
        right = {"plus": one + other, "minus": one - other, "times": one * other}[found[2]]
        able = model == "owl" and (steps or found[2] != "times")
        said = right if able or (model == "parrot" and right < 30 and not steps) else right + 10
        return str(said) if terse else f"{one} {found[2]} {other}, let me see: it comes to {said}."
    for country, capital in CAPITALS.items():
        if country in text:
            letters = dict(re.findall(r"^([A-D])\. (.+)$", text, re.MULTILINE))
            right = next((letter for letter, choice in letters.items() if choice == capital), "A")
            said = right if model == "owl" or country < "J" else "A"
            return said if terse else f"I think of {country}. The answer is {said}."
    return "I don't know."


class Chat(BaseHTTPRequestHandler):
    """POST /v1/chat/completions, as far as a client needs it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = "\n".join(message["content"] for message in asked["messages"])
        self.reply(200, completion(asked["model"], text, answer(asked["model"], text)))

    def reply(self, status, body, **headers):
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(content), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Nothing."""


def completion(model, text, said):
    sent, given = len(text.split()), len(said.split())
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}],
        "usage": {"prompt_tokens": sent, "completion_tokens": given, "total_tokens": sent + given},
    }


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8765
    print(f"listening on http://127.0.0.1:{port}/v1", flush=True)
    ThreadingHTTPServer(("127.0.0.1", port), Chat).serve_forever()
