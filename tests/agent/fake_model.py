"""A model of a few lines on loopback: its first turn is one tool call, its second is text. It speaks Anthropic's
messages, OpenAI's responses and chat completions, and Gemini's generateContent, each as server-sent events."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
DONE = "That is all."


class FakeModel:
    """`tools` maps the names that an agent may give its tool to the arguments of the one call; `asked` has the
    requests, `told` what the agent told of the call."""

    def __init__(self, tools: dict[str, Any]) -> None:
        self.tools = tools
        self.asked: list[Json] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def told(self) -> str:
        """What the agent told the model after the call, as JSON text."""
        return "\n".join(text for text in map(json.dumps, self.asked) if _has_result(text))

    def chosen(self, offered: list[Json]) -> tuple[str, Any, bool] | None:
        """Return name, arguments, and whether the tool takes free text, of the first of our tools that is offered."""
        for tool in offered:
            for one in tool.get("functionDeclarations") or [tool]:
                name = one.get("name") or one.get("function", {}).get("name", "")
                if name in self.tools:
                    return name, self.tools[name], one.get("type") == "custom"
        return None


def _has_result(text: str) -> bool:
    marks = ('"tool_result"', "call_output", '"role": "tool"', '"functionResponse"')
    return any(mark in text for mark in marks)


def _handler(model: FakeModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")
            model.asked.append(body)
            call = None if _has_result(json.dumps(body)) else model.chosen(body.get("tools") or [])
            way = next((way for part, way in WAYS.items() if part in self.path), None)
            if way is None:
                self.send_error(404)
                return
            self._send("".join(way(call)))

        def do_GET(self) -> None:
            self._send('{"object": "list", "data": [], "models": []}', "application/json")

        def do_HEAD(self) -> None:
            self._send("")

        def _send(self, text: str, kind: str = "text/event-stream") -> None:
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_words: object) -> None:
            pass

    return Handler


Call = tuple[str, Any, bool] | None


def _event(name: str, **fields: Any) -> str:
    return f"event: {name}\ndata: {json.dumps({'type': name} | fields)}\n\n"


def _anthropic(call: Call) -> list[str]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "usage": usage,
    }
    message |= {"stop_reason": None, "stop_sequence": None}
    if call:
        block = {"type": "tool_use", "id": "toolu_1", "name": call[0], "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call[1])}
    else:
        block, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": DONE}
    stop = {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None}
    return [
        _event("message_start", message=message),
        _event("content_block_start", index=0, content_block=block),
        _event("content_block_delta", index=0, delta=delta),
        _event("content_block_stop", index=0),
        _event("message_delta", delta=stop, usage={"output_tokens": 1}),
        _event("message_stop"),
    ]


def _responses(call: Call) -> list[str]:
    if call and call[2]:
        item = {
            "type": "custom_tool_call",
            "id": "i1",
            "call_id": "c1",
            "name": call[0],
            "input": call[1]["input"],
        }
    elif call:
        item = {
            "type": "function_call",
            "id": "i1",
            "call_id": "c1",
            "name": call[0],
            "arguments": json.dumps(call[1]),
        }
    else:
        content = [{"type": "output_text", "text": DONE, "annotations": []}]
        item = {"type": "message", "id": "i1", "role": "assistant", "status": "completed", "content": content}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
             "input_tokens_details": None, "output_tokens_details": None}  # fmt: skip
    response = {"id": "r1", "object": "response", "output": [], "usage": usage}
    return [
        _event("response.created", response={"id": "r1", "output": []}),
        _event("response.output_item.added", output_index=0, item=item),
        _event("response.output_item.done", output_index=0, item=item),
        _event("response.completed", response=response | {"status": "completed", "output": [item]}),
    ]


def _chat(call: Call) -> list[str]:
    if call:
        function = {"name": call[0], "arguments": json.dumps(call[1])}
        one = {"index": 0, "id": "c1", "type": "function", "function": function}
        delta: Json = {"role": "assistant", "tool_calls": [one]}
    else:
        delta = {"role": "assistant", "content": DONE}
    base = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    end = {"index": 0, "delta": {}, "finish_reason": "tool_calls" if call else "stop"}
    chunks = [
        base | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        base | {"choices": [end]},
    ]
    return [*(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "data: [DONE]\n\n"]


def _gemini(call: Call) -> list[str]:
    part: Json = {"functionCall": {"name": call[0], "args": call[1]}} if call else {"text": DONE}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return [f"data: {json.dumps({'candidates': [candidate], 'usageMetadata': usage})}\n\n"]


WAYS = {
    "/v1/messages": _anthropic,
    "/responses": _responses,
    "/chat/completions": _chat,
    ":streamGenerateContent": _gemini,
    ":generateContent": _gemini,
}
