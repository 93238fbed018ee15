"""A server on this machine that speaks the protocols of OpenAI's and Anthropic's models."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Mapping[str, object]


@dataclass
class Speaking:
    """What it answers, and the bodies that it was sent."""

    answer: Answer
    status: int = 200
    silent: threading.Event | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def speaking(spoken: Speaking) -> Iterator[Speaking]:
    """Serve until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            spoken.asked.append(body)
            spoken.paths.append(self.path)
            if spoken.silent is not None:
                spoken.silent.wait(30)
                return
            said = openai(body, spoken.answer) if "chat" in self.path else anthropic(spoken.answer)
            content = json.dumps(said if spoken.status == 200 else {"error": {"message": "no"}})
            self.send_response(spoken.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    spoken.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield spoken
    finally:
        if spoken.silent is not None:
            spoken.silent.set()
        server.shutdown()
        thread.join()
        server.server_close()


def openai(asked: Mapping[str, Any], answer: Answer) -> Mapping[str, object]:
    """Return a chat completion that calls the tool which takes the answer."""
    call = {
        "id": "call_1",
        "type": "function",
        "function": {
            "name": asked["tools"][0]["function"]["name"],
            "arguments": json.dumps(answer),
        },
    }
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": asked["model"],
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def anthropic(answer: Answer) -> Mapping[str, object]:
    """Return a message that uses the tool which takes the answer."""
    use = {"type": "tool_use", "id": "toolu_1", "name": "final_result", "input": answer}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test",
        "content": [use],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
