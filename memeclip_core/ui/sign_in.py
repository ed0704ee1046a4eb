"""The handler behind the form that asks for a name and a password."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from starlette.exceptions import HTTPException

from memeclip_core.api.caller import ADDRESS
from memeclip_core.app.studio import Studio
from memeclip_core.config import MOST_SIGN_INS
from memeclip_core.errors import MemeclipError, RateLimited
from memeclip_core.ui.messages import NEUTRAL, logger


class OnSignIn:
    """Hashes passwords away from the event loop, on which every other answer waits."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        # One more than may be under way, so that whoever is too many is told so at once.
        self._threads = ThreadPoolExecutor(MOST_SIGN_INS + 1, thread_name_prefix="sign-in")

    async def on_sign_in(self, name: str, password: str) -> bool:
        """Say whether somebody may come in; an error reaches the caller as one sentence."""
        loop = asyncio.get_running_loop()
        check = partial(self._studio.sign_in, name, password, ADDRESS.get())
        try:
            return await loop.run_in_executor(self._threads, check)
        except RateLimited as error:
            raise HTTPException(429, str(error)) from None
        except MemeclipError as error:
            # About the users file, whose place on the server is no stranger's business.
            logger.error("signing in failed: %s", error)
            raise HTTPException(503, NEUTRAL) from None
