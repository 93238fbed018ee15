"""A film shows what a visitor sees while a page comes, in a real Chromium."""

import io
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from fettle.errors import Unreachable
from fettle.model.browser import Frame, PageAsked
from fettle.model.measurement import Profile
from fettle.targets.browser.film import Film
from fettle.targets.browser.protocol import Conversation
from fettle.targets.browser.tab import Patience
from fettle.targets.browser.visit import Chromium
from tests import web_pages
from tests.web_pages import Answer, Site

STYLE = "<style>body{margin:0} div{height:100vh;background:rgb(0,0,255)}</style>"
SCRIPT = b"document.querySelector('div').style.background = 'rgb(255,0,0)'"


@pytest.fixture
def site() -> Iterator[Site]:
    with web_pages.serve() as served:
        yield served


async def filmed(url: str) -> list[Frame]:
    program = shutil.which("chromium")
    assert program, "script/install-debian brings Chromium"
    chromium = Chromium(
        Path(program), os.environ, sandbox=True, patience=Patience(quiet_s=0.5, calm=False)
    )
    asked = PageAsked(url, Profile.PHONE, timedelta(seconds=30))
    return list(await chromium.film(asked))


def colour(frame: Frame) -> tuple[int, int, int]:
    with Image.open(io.BytesIO(frame.jpeg)) as image:
        middle = np.asarray(image.convert("RGB"))[image.height // 2, image.width // 2]
    red, green, blue = (int(one) for one in middle)
    return red, green, blue


async def test_frames_come_in_their_order_and_end_as_the_page_does(site: Site) -> None:
    site.page(f"{STYLE}<div></div><script src=late.js></script>")
    site.pages["/late.js"] = Answer(SCRIPT, "text/javascript", after_s=0.6)
    frames = await filmed(site.url)
    assert [one.at_ms for one in frames] == sorted(one.at_ms for one in frames)
    assert all(one.at_ms >= 0 for one in frames)
    red, green, blue = colour(frames[-1])
    assert red > 200
    assert max(green, blue) < 60
    blues = [one for one in frames if colour(one)[2] > 200 and colour(one)[0] < 60]
    assert blues
    assert blues[0].at_ms < frames[-1].at_ms - 400
    with Image.open(io.BytesIO(frames[-1].jpeg)) as image:
        assert image.format == "JPEG"
        assert image.height > image.width <= 320


def test_frames_that_are_told_the_other_way_round_are_put_in_order() -> None:
    talk = Mock(spec=Conversation)
    film = Film(talk, "tab")
    film.hear("tab", "Network.requestWillBeSent", {"wallTime": 100.0})
    for number, at in enumerate((100.1, 100.3, 100.2)):
        told = {"sessionId": number, "data": "", "metadata": {"timestamp": at}}
        film.hear("tab", "Page.screencastFrame", told)
    assert [one.at_ms for one in film.frames] == [100, 200, 300]
    assert talk.tell.call_count == 3


async def test_what_is_not_there_cannot_be_filmed() -> None:
    with pytest.raises(Unreachable):
        await filmed("http://127.0.0.1:9/")
