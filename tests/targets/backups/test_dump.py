"""What a dump as SQL says of itself, and whether it has its end."""

from pathlib import Path

import pytest

from fettle.errors import Damaged
from fettle.targets.backups import dump
from fettle.targets.backups.dump import Dump
from fettle.targets.backups.forms import Form, Opened

ONE = """--
-- PostgreSQL database dump
--

-- Dumped from database version 16.4
-- Dumped by pg_dump version 18.1

COPY public.t (a) FROM stdin;
PostgreSQL database cluster dump
\\.

--
-- PostgreSQL database dump complete
--

"""
ALL = f"""--
-- PostgreSQL database cluster dump
--

CREATE ROLE ada;

\\connect shop

{ONE}
\\connect stock

{ONE}
--
-- PostgreSQL database cluster dump complete
--

"""


async def read(folder: Path, text: str) -> Dump:
    (folder / "a.sql").write_text(text)
    return await dump.read(Opened(folder / "a.sql", Form.PLAIN), (), {})


async def test_a_dump_of_one_database_and_of_all_is_read(tmp_path: Path) -> None:
    one, all_ = await read(tmp_path, ONE), await read(tmp_path, ALL)
    assert (one.major, one.by, one.whole) == (16, 18, False)
    assert (all_.major, all_.by, all_.whole) == (16, 18, True)


@pytest.mark.parametrize(
    "text", [ONE[:-60], ALL[: ALL.index("\\connect stock")], ALL[: -len("cluster dump complete")]]
)
async def test_what_lacks_its_end_is_cut_off(tmp_path: Path, text: str) -> None:
    with pytest.raises(Damaged, match="is cut off"):
        await read(tmp_path, text)
