"""The gate of images: what stands for another looks the same, and is smaller."""

from fettle.model.experiment import Objection
from fettle.optimisation.pictures import SAME, Decoded, alike, redrawn


def image_gate(original: Decoded, content: bytes, size: int) -> Objection | None:
    """Judge an image that is to stand for another of `size` bytes."""
    other = redrawn(content)
    if isinstance(other, str):
        return Objection("image", other)
    if (other.width, other.height) != (original.width, original.height):
        return Objection("image", f"{other.width}×{other.height} is another size")
    if original.alpha and not other.alpha:
        return Objection("image", "what shows through it does no more")
    if len(content) >= size:
        return Objection("image", "it is not smaller")
    score = alike(original, other)
    if score < SAME:
        return Objection(
            "image", f"it looks different (SSIMULACRA 2 of {score:.1f}, {SAME:g} asked)"
        )
    return None
