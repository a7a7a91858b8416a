"""MiniStack, patched where it differs from API Gateway. Served as `stand_in:app`.

STAND_IN_PATCHES names the patches to apply, separated by commas: each is a function of PATCHES. differences.ts says why
each is needed. They replace functions of one version of MiniStack, the one that requirements.txt pins.
STAND_IN_GRANTS names the file of record_grants.
"""

import json
import os
import threading
from contextvars import ContextVar
from datetime import datetime, timezone

from ministack.app import app  # noqa: F401
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import apigateway, iam, lambda_svc

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


def stream_filters():
    match = lambda_svc._match_esm_filter

    def match_filter(record, pattern):
        absent = {key: {} for key, nested in pattern.items() if isinstance(nested, dict)}
        return match({**absent, **record}, pattern)

    lambda_svc._match_esm_filter = match_filter


def record_grants(file):
    """Writes what each role is granted by its policy Calls, and each of its calls, as lines of JSON, each line once."""
    enforce = iam_evaluator.enforce
    known = set()
    written = set()
    turn = threading.Lock()

    def write(kind, role, action, resource):
        line = json.dumps({"kind": kind, "role": role, "action": action, "resource": resource})
        with turn:
            if line not in written:
                written.add(line)
                file.write(line + "\n")

    def grants_of(account, role):
        policies = iam._roles.get_scoped(account, None, role).get("InlinePolicies") or {}
        for statement in iam_evaluator.parse_policy_document(policies.get("Calls")):
            for action in statement.actions:
                for resource in statement.resources:
                    yield action, resource

    def enforce_and_record(access_key_id, action, service, region, resource_arn="*", *args, **kwargs):
        denied = enforce(access_key_id, action, service, region, resource_arn, *args, **kwargs)
        caller = iam_evaluator.resolve_principal(access_key_id or "", get_account_id())
        role = iam_evaluator._role_name_from_assumed_arn(getattr(caller, "arn", ""))
        if role and not role.startswith("cdk-"):  # the CDK's own roles
            if role not in known:
                known.add(role)
                for granted in grants_of(caller.account, role):
                    write("granted", role, *granted)
            write("refused" if denied else "made", role, action, resource_arn)
        return denied

    iam_evaluator.enforce = enforce_and_record


def iso_time(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


PATCHES = {patch.__name__: patch for patch in (unauthorized, subprotocol, close_codes, connected_at, get_connection, segments_in_turn, stream_filters)}

for name in filter(None, os.environ["STAND_IN_PATCHES"].split(",")):
    PATCHES[name]()
record_grants(open(os.environ["STAND_IN_GRANTS"], "w", buffering=1))
