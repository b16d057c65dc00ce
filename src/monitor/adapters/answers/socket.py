"""Takes Slack's Socket Mode, gives the jobs what people press and write, without any address that the world could reach.

What was pressed is stored before it is acknowledged, so that no click is lost; where storing takes longer than Slack waits, it is
acknowledged first and stored all the same. Slack may send the same click again: the same label stands then. slack_sdk's client
pings and follows Slack's wish for a fresh socket; `_keep` makes it stand at first and again whenever it has broken.
"""

import logging
from collections.abc import Callable, Mapping
from threading import Event, Lock, Thread, Timer
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from monitor.adapters.answers import payloads, replies
from monitor.adapters.notifier.slack_calls import BROKEN
from monitor.errors import MonitorError
from monitor.ports import Answering

log = structlog.get_logger(__name__)

ACKNOWLEDGED_WITHIN = 2.0  #: seconds; Slack waits for three
LOOK_EVERY = 2.0  #: seconds between two looks at the connection
LONGEST_PAUSE = 60.0  #: seconds between two attempts to connect, doubled up to here
PING_EVERY = 5.0  #: seconds: a socket that has gone deaf is noticed within four times this


class SocketAnswers:
    """Listens from `start` to `close`. `slack` is the client with the bot token, for windows; the app token opens sockets."""

    def __init__(self, answering: Answering, slack: WebClient, app_token: str) -> None:
        self._answering = answering
        self._slack = slack
        silent = logging.Logger("slack_sdk", level=logging.CRITICAL)  # it would log addresses that hold a ticket
        opener = WebClient(base_url=slack.base_url, timeout=slack.timeout, retry_handlers=[], logger=silent)
        self._client = SocketModeClient(
            app_token=app_token,
            web_client=opener,
            logger=silent,
            ping_interval=PING_EVERY,
            auto_reconnect_enabled=False,  # it would ask for a socket every few seconds, however long Slack gives none
        )
        self._client.socket_mode_request_listeners.append(self._hear)
        self._client.on_error_listeners.append(self._note)
        self._stopped = Event()
        self._keeper = Thread(target=self._keep, name="slack-socket", daemon=True)
        self._told = ""
        self._fault = ""

    def start(self) -> None:
        """Begin to listen; trouble with the connection is logged and overcome, however long it takes."""
        self._keeper.start()

    def close(self) -> None:
        """Stop listening; what is being stored is stored."""
        self._stopped.set()
        self._keeper.join(timeout=LOOK_EVERY)
        self._client.close()

    @property
    def connected(self) -> bool:
        """Tell whether the socket stands."""
        return bool(self._client.is_connected())

    def _keep(self) -> None:
        pause, away = LOOK_EVERY, False
        while not self._stopped.is_set():
            try:
                stands = self.connected or self._connect()
                if stands and away:
                    self._back()
            except Exception:
                # The keeper promises to go on: without it nobody would connect again, and no click would be heard.
                log.exception("answers.keeping_failed")
                stands = False
            pause, away = (LOOK_EVERY, False) if stands else (min(pause * 2, LONGEST_PAUSE), True)
            self._stopped.wait(pause)

    def _back(self) -> None:
        """Say that Slack is there again: alerts need not wait until the time that they were put off to."""
        try:
            self._answering.reachable()
        except MonitorError as trouble:
            log.warning("answers.not_told", reason=str(trouble))

    def _note(self, trouble: Exception) -> None:
        self._fault = _reason(trouble)

    def _connect(self) -> bool:
        self._fault = ""
        try:
            self._client.connect_to_new_endpoint()
        except BROKEN as trouble:
            return self._not_connected(_reason(trouble))
        if not self.connected:
            # What keeps from opening the socket itself is noted, not raised; that the other side refuses, not even noted.
            return self._not_connected(self._fault or "refused")
        log.info("answers.connected")
        self._told = ""
        return True

    def _not_connected(self, reason: str) -> bool:
        if reason != self._told:
            log.warning("answers.not_connected", reason=reason)
        self._told = reason
        return False

    def _hear(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        acknowledge = _Once(lambda answer: _acknowledge(client, request.envelope_id, answer))
        in_time = Timer(ACKNOWLEDGED_WITHIN, acknowledge)
        in_time.daemon = True
        in_time.start()
        try:
            self._answer(request, acknowledge)
        except MonitorError as trouble:
            # Not acknowledged: whoever pressed sees that it did not work, and Slack may send it again.
            log.error("answer.not_stored", reason=str(trouble))
        except Exception:
            log.exception("answer.failed")
        finally:
            in_time.cancel()

    def _answer(self, request: SocketModeRequest, acknowledge: "_Once") -> None:
        payload = request.payload
        if request.type == "slash_commands":
            asked = payloads.command(payload, self._answering.now())
            said = self._answering.command(asked) if asked else None
            if not acknowledge(replies.in_answer(said) if said else None) and said:
                replies.send(self._slack, payload, said)  # it took too long to be part of the acknowledgement
            return
        pressed = payloads.pressed(payload) if request.type == "interactive" else None
        reply = self._answering.press(pressed) if pressed else None
        acknowledge()
        if reply:
            replies.send(self._slack, payload, reply)


class _Once:
    """Calls a function the first time it is called, and not again; tells whether this was the time."""

    def __init__(self, do: Callable[[Mapping[str, Any] | None], None]) -> None:
        self._do = do
        self._lock = Lock()
        self._done = False

    def __call__(self, answer: Mapping[str, Any] | None = None) -> bool:
        with self._lock:
            if self._done:
                return False
            self._done = True
        self._do(answer)
        return True


def _acknowledge(client: BaseSocketModeClient, envelope: str, answer: Mapping[str, Any] | None) -> None:
    response: dict[str, Any] = {"envelope_id": envelope}
    if answer:
        response["payload"] = answer
    try:
        client.send_socket_mode_response(response)
    except (OSError, SlackClientError, AttributeError) as trouble:
        # The socket broke meanwhile: Slack sends the envelope again, and the same label stands.
        log.info("answer.not_acknowledged", reason=type(trouble).__name__)


def _reason(trouble: Exception) -> str:
    """Say what kept from connecting; the ticket in a socket's address never shows."""
    response = getattr(trouble, "response", None)
    code = response.get("error") if response is not None and hasattr(response, "get") else None
    return str(code or type(trouble).__name__)
