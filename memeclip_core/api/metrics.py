"""Numbers for Prometheus: how many requests there were, how long they took, how the server is.

Whoever may review may read them: with a token of theirs, or at the machine itself where nobody
signs in. They hold no name, no key and no text: a path counts under the route that it belongs to.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memeclip_core.api.application import PREFIX
from memeclip_core.api.identity import Identity
from memeclip_core.api.problems import answer_error
from memeclip_core.app.studio import Studio
from memeclip_core.errors import ConfigError, MemeclipError, PermissionDenied

if TYPE_CHECKING:
    from prometheus_client import Metric

OTHER: Final = "other"
"""What all paths count as that no route of Gradio's or of the API has."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
BACKUP: Final = ("none", "waiting", "complete", "failing")


class Metrics:
    """What was counted since the start, and the route that shows it.

    Args:
        studio: how the server is.
        identity: who asks.

    Raises:
        ConfigError: if prometheus-client is not installed.
    """

    def __init__(self, studio: Studio, identity: Identity) -> None:
        try:
            from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
        except ImportError:
            raise ConfigError(
                "--metrics needs prometheus-client, which is not installed: "
                "python -m pip install prometheus-client"
            ) from None
        self._studio = studio
        self._identity = identity
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "memeclip_request_seconds",
            "Seconds until a request was answered in full.",
            ("method", "route", "status"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        self._registry.register(_Health(studio))

    @property
    def route(self) -> Route:
        """The route ``/metrics``."""
        return Route("/metrics", self.show)

    async def show(self, request: Request) -> Response:
        """Answer with all numbers in Prometheus's own text format."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        try:
            who = await self._identity.person(request)
            if not self._studio.can(who, "reviewer"):
                raise PermissionDenied("Metrics are for reviewers and admins: send a token.")
        except MemeclipError as error:
            return await answer_error(request, error)
        return PlainTextResponse(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        known = method if method in METHODS else "other"
        self._seconds.labels(known, route, str(status)).observe(seconds)


class _Health:
    """What Prometheus calls a collector: asked when somebody reads."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def collect(self) -> Iterable[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        found = self._studio.health()
        alive, ready = float(found.status == "ok"), float(found.ready)
        yield GaugeMetricFamily("memeclip_up", "Whether the database answers.", alive)
        yield GaugeMetricFamily("memeclip_ready", "Whether the models are loaded.", ready)
        backup = GaugeMetricFamily(
            "memeclip_backup", "The state that the home's copy is in.", labels=["state"]
        )
        for state in BACKUP:
            backup.add_metric([state], float(state == found.backup))
        yield backup
        if found.backed_up is not None:
            yield GaugeMetricFamily(
                "memeclip_backed_up_timestamp_seconds",
                "When the home's copy was last complete.",
                found.backed_up.timestamp(),
            )


class Counted:
    """An ASGI application around another one, whose answers are counted."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - begun
            self._metrics.count(scope["method"], find_route(scope), status, seconds)


def find_route(scope: Scope) -> str:
    """Return the path of the route that answered a request, its parameters unfilled.

    Without one it is ``OTHER``: names that strangers make up would never end.
    """
    route = scope.get("route")
    path = getattr(route, "path", None)
    if isinstance(route, Mount) or not isinstance(path, str):
        return OTHER
    # Below the mount, the path that was asked for begins with the mount's own.
    return f"{PREFIX}{path}" if scope["path"].startswith(f"{PREFIX}/") else path
