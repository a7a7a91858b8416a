"""MiniStack, patched where it differs from API Gateway. Served as `stand_in:app`.

STAND_IN_PATCHES names the patches to apply, separated by commas: each is a function of PATCHES. differences.ts says why
each is needed. They replace functions of one version of MiniStack, the one that requirements.txt pins.
"""

import json
import os
import threading
from contextvars import ContextVar
from datetime import datetime, timezone

from ministack.app import app  # noqa: F401
from ministack.services import apigateway, lambda_svc

MAX_MESSAGE_BYTES = 131_072


class Unauthorized(Exception):
    """The authorizer of $connect threw exactly this word."""


def unauthorized():
    execute = lambda_svc._execute_function_with_config_scope
    authorize = apigateway._authorize_ws_connect

    def execute_function(function, event):
        result = execute(function, event)
        is_handshake = isinstance(event, dict) and str(event.get("methodArn")).endswith("/$connect")
        if is_handshake and error_message(result) == "Unauthorized":
            raise Unauthorized
        return result

    async def authorize_connect(*args, **kwargs):
        try:
            return await authorize(*args, **kwargs)
        except Unauthorized:
            return (401, "Unauthorized"), None

    lambda_svc._execute_function_with_config_scope = execute_function
    apigateway._authorize_ws_connect = authorize_connect


def error_message(result):
    body = result.get("body") if result and result.get("error") else None
    return body.get("errorMessage") if isinstance(body, dict) else None


def subprotocol():
    invoke = apigateway._invoke_ws_lambda
    agreed = ContextVar("agreed")  # in the task of one connection

    async def invoke_function(api_id, account_id, region, route, *args, **kwargs):
        result = await invoke(api_id, account_id, region, route, *args, **kwargs)
        if route.get("routeKey") == "$connect":
            agreed.set(((result or {}).get("headers") or {}).get("Sec-WebSocket-Protocol"))
        return result

    def with_subprotocol(receive, send):
        async def send_accept(message):
            if message["type"] == "websocket.accept":
                message = {**message, "subprotocol": agreed.get(None)}
            await send(message)

        return receive, send_accept

    apigateway._invoke_ws_lambda = invoke_function
    wrap_socket(with_subprotocol)


def close_codes():
    def with_limits(receive, send):
        async def receive_within_limits():
            message = await receive()
            code = close_code(message) if message["type"] == "websocket.receive" else None
            if code is None:
                return message
            await send({"type": "websocket.close", "code": code})
            return {"type": "websocket.disconnect", "code": code}

        return receive_within_limits, send

    wrap_socket(with_limits)


def close_code(message):
    if message.get("text") is None:
        return 1003
    return 1009 if len(message["text"].encode()) > MAX_MESSAGE_BYTES else None


def wrap_socket(wrap):
    serve = apigateway.handle_websocket

    async def handle_websocket(scope, receive, send, *args, **kwargs):
        await serve(scope, *wrap(receive, send), *args, **kwargs)

    apigateway.handle_websocket = handle_websocket


def connected_at():
    create_context = apigateway._ws_request_context
    first = ContextVar("first")  # in the task of one connection

    def request_context(*args, **kwargs):
        context = create_context(*args, **kwargs)
        if first.get(None) is None:
            first.set(context["connectedAt"])
        return {**context, "connectedAt": first.get()}

    apigateway._ws_request_context = request_context


def get_connection():
    answer = apigateway.handle_connections_api

    async def handle_connections_api(method, *args, **kwargs):
        status, headers, body = await answer(method, *args, **kwargs)
        if method != "GET" or status != 200:
            return status, headers, body
        connection = json.loads(body)
        described = {
            "connectedAt": iso_time(connection["ConnectedAt"]),
            "identity": connection["Identity"],
            "lastActiveAt": iso_time(connection["LastActiveAt"]),
        }
        return status, headers, json.dumps(described).encode()

    apigateway.handle_connections_api = handle_connections_api


def segments_in_turn():
    execute = lambda_svc._execute_function
    turn = threading.Lock()

    def execute_function(function, event):
        if not (isinstance(event, dict) and event.get("task") == "broadcast_segment"):
            return execute(function, event)
        with turn:
            return execute(function, event)

    lambda_svc._execute_function = execute_function


def iso_time(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


PATCHES = {patch.__name__: patch for patch in (unauthorized, subprotocol, close_codes, connected_at, get_connection, segments_in_turn)}

for name in filter(None, os.environ["STAND_IN_PATCHES"].split(",")):
    PATCHES[name]()
