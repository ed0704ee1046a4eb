"""A page where people sign in with a password, and a client that does."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from memeclip_core.api.application import PREFIX, build_api
from memeclip_core.api.gate import Gate
from memeclip_core.api.identity import Identity
from memeclip_core.api.sign_in import SignIn

PASSWORD = "a long password"


def serve(studio, **options):
    """Return a client of the routes, and of a page behind them as Gradio's is."""
    identity = Identity(studio)

    async def page(request):
        return PlainTextResponse(f"the page of {await identity.name(request)}")

    app = Starlette(
        routes=[
            Mount(PREFIX, build_api(studio, identity)),
            *SignIn(studio).routes,
            Route("/", page),
            Route("/config", page),
        ],
        middleware=[Middleware(Gate, identity=identity)],
    )
    return TestClient(app, follow_redirects=False, **options)


def sign_in(client, name="ann", password=PASSWORD, **headers):
    form = {"username": name, "password": password}
    return client.post("/login", data=form, headers=headers)


def who(client, **headers):
    answer = client.get(f"{PREFIX}/me", headers=headers)
    return answer.json()["person"]["name"] if answer.is_success else answer.status_code
