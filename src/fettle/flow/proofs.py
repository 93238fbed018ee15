"""Who sent a delivery is proved where its vendor signs: at the door, and before it is taken again.

What is torn has nothing to prove, and is kept unproved, as a dead letter. Nothing signed becomes a
signal unproved (intake.alerts.sns), so one that can be read since is proved when it is replayed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.errors import BadPayload, FettleError, NotAllowed
from fettle.intake import sns_envelope
from fettle.intake.sns_envelope import Envelope
from fettle.model.ports import Signatures
from fettle.store import deliveries
from fettle.store.deliveries import Which
from fettle.store.statements import Connection

SIGNED = "sns"


@dataclass(frozen=True)
class NotProved:
    """A delivery that stays as it is, and why."""

    id: int
    reason: str


@dataclass(frozen=True)
class Replayed:
    """Which deliveries are taken again, and which are not."""

    ids: Sequence[int]
    refused: Sequence[NotProved]


async def prove(
    signatures: Signatures, vendor: str, body: bytes, *, needed: bool = False
) -> Envelope | None:
    """Return the signed envelope of a delivery, proved; None where nothing is signed, or is torn.

    Raises NotAllowed when it was forged, or is not signed and that is needed, and Unreachable when
    that cannot be found out now.
    """
    envelope = _opened(vendor, body)
    if envelope is not None:
        await signatures.prove(envelope.signed)
    elif needed:
        raise NotAllowed(
            f"of this key only what is signed is taken, at the door {SIGNED}",
            remedy="leave raw message delivery off, or [[hook]] signed in fettle.toml",
        )
    return envelope


def _opened(vendor: str, body: bytes) -> Envelope | None:
    if vendor != SIGNED:
        return None
    try:
        return sns_envelope.opened(body)
    except BadPayload:
        return None


async def replay(connection: Connection, signatures: Signatures, which: Which) -> Replayed:
    """Let deliveries be taken again: a thousand at most. The caller is in a transaction."""
    chosen = await deliveries.to_replay(connection, which)
    refused: list[NotProved] = []
    proved: list[int] = []
    for one in chosen:
        if one.vendor != SIGNED or one.proved:
            continue
        try:
            body = await deliveries.body(connection, one.id)
            if await prove(signatures, one.vendor, body) is not None:
                proved.append(one.id)
        except FettleError as error:
            refused.append(NotProved(one.id, error.reason))
    again = {one.id for one in chosen} - {one.id for one in refused}
    return Replayed(await deliveries.replay(connection, sorted(again), proved), refused)
