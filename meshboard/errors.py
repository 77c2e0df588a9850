"""Every error meshboard raises on purpose; the type says whose fault it is.

The message of each is the sentence a person reads: what is wrong, then what to do about it.
"""


class MeshboardError(Exception):
    """Something went wrong that meshboard knows how to explain."""


class RuleError(MeshboardError):
    """What was asked for is not possible on this board; the person can ask differently."""


class WireError(MeshboardError):
    """Bytes from a peer are not a valid frame or entry; they are counted and dropped."""


class TrustError(MeshboardError):
    """Bytes from a peer or an invite fail a seal, a signature or a checksum; nothing was changed."""


class LinkError(MeshboardError):
    """The radio cannot do what was asked; the operator can look at the cable, address or settings."""


class LinkLost(LinkError):  # noqa: N818 -- the state a person knows, named as such
    """The connection to the radio ended; the station tries again by itself."""


class LedgerError(MeshboardError):
    """The ledger file cannot be read or written; nothing was changed."""


class LedgerGone(LedgerError):  # noqa: N818 -- a state, named as such
    """The ledger was wiped or replaced while it was open; nothing may be written any more."""


class LedgerBusy(LedgerError):  # noqa: N818 -- a state, named as such
    """Another process keeps the ledger; what was to be read or saved can be tried again in a moment."""


class SavedUnseen(LedgerError):  # noqa: N818 -- a state, named as such
    """It is saved, but what follows from it could not be done or read; not to be tried again as a whole."""


class LedgerDamaged(LedgerError):  # noqa: N818 -- a state, named as such
    """The file is not the ledger it was: altered, cut short or another one; it was left as it is."""


class LedgerLocked(LedgerError):  # noqa: N818 -- a state, named as such
    """The ledger is encrypted, and neither passphrase nor key file is at hand; nothing was changed."""


class ConfigError(MeshboardError):
    """The configuration is not understood; the operator can correct the named line."""
