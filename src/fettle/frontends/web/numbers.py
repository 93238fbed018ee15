"""Numbers in addresses and in forms: those that the store can hold, and no others."""

import re

from starlette.convertors import Convertor, register_url_convertor

_FITS = "[0-9]{1,18}"  # what a bigint holds whatever its digits are


def read(text: str) -> int | None:
    """Return the number that a text is; None where it is none, or longer than any of ours."""
    return int(text) if re.fullmatch(_FITS, text) else None


class _Number(Convertor[int]):
    regex = _FITS

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", _Number())  # `{id:number}` in the paths of pages
