"""A client for the rekindle daemon, and replays of recordings from a notebook."""

from .client import Client, RekindleError, Unauthorized, Unavailable
from .lab import Replay, ReplayFailed, replay

__all__ = ["Client", "Replay", "ReplayFailed", "RekindleError", "Unauthorized", "Unavailable", "replay"]
