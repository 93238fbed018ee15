"""Whether digits are the number of a payment card."""

from collections.abc import Iterator


def is_card_number(text: str) -> bool:
    """Whether the last digit of a text is the one that Luhn's formula gives."""
    return sum(_luhn(text)) % 10 == 0


def _luhn(text: str) -> Iterator[int]:
    digits = [int(digit) for digit in text if digit.isdecimal()]
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * (1 + place % 2)
        yield doubled - 9 if doubled > 9 else doubled
