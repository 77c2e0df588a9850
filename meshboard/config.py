"""Configuration: where a station keeps its files, and the few settings an operator may write."""

import os
import tomllib
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from meshboard.errors import ConfigError, LedgerError
from meshboard.link import MAX_FRAME_BYTES

HOME_VARIABLE = "MESHBOARD_HOME"
CONFIG_FILE = "config.toml"


class Settings(BaseModel):
    """What `config.toml` may say. An unknown key is an error, so that no typing slip goes unnoticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    link: str = "none"
    """The radio: `auto`, `none`, `tcp://host:port`, `serial:///dev/ttyACM0`."""
    port_number: int = Field(256, ge=256, le=511)
    """Meshtastic port of our frames; 256 to 511 is the range kept for private applications."""
    hop_limit: int = Field(3, ge=0, le=7)
    """Relays a frame may pass; 3 is Meshtastic's default, 7 the most its header holds."""
    max_frame_bytes: int = Field(MAX_FRAME_BYTES, ge=165, le=MAX_FRAME_BYTES, strict=True)
    """The most bytes of a frame. 165, which 2.8 nodes sign by themselves, where a mesh takes only signed."""
    channel: str = Field("", max_length=11)
    """The node's channel to send on; empty = the circle's own. At most 11 bytes, as in Meshtastic."""
    set_up_radio: bool = True
    """Put the circle's channel on the node when it is missing: as a secondary one, in a free place."""
    key_file: str = ""
    """Where the file is that opens an encrypted board without a passphrase; empty = it has none."""
    lock_after_min: int = Field(15, ge=0, le=1440)
    """Minutes without a key pressed after which the screens of a board with a passphrase lock; 0 = never."""


def default_home() -> Path:
    """Return where this person's station lives unless told otherwise."""
    told = os.environ.get(HOME_VARIABLE)
    return Path(told).expanduser() if told else Path(platformdirs.user_data_dir("meshboard"))


def load_settings(home: Path) -> Settings:
    """Read `config.toml` in a station's home; defaults when there is none.

    Raises ConfigError naming the file and the key that is not understood.
    """
    path = home / CONFIG_FILE
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not plain text in UTF-8. Write it anew, or remove it.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. Check who may read it.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}. Correct that line.") from error
    try:
        return Settings.model_validate(told)
    except ValidationError as error:
        raise ConfigError(_explain(path, error)) from error


def save_settings(home: Path, settings: Settings) -> None:
    """Write what differs from the defaults to `config.toml`, in one step; LedgerError if the disk fails."""
    path = home / CONFIG_FILE
    lines = [f"{key} = {_toml(value)}" for key, value in settings.model_dump(exclude_defaults=True).items()]
    draft = path.with_suffix(".new")
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise LedgerError(
            f"{path} cannot be written: {error.strerror}. Check the folder and the disk."
        ) from error


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _explain(path: Path, error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = ", ".join(Settings.model_fields)
        return f"{path}: there is no setting “{key}”. The settings are: {known}."
    return f"{path}: “{key}” is not right: {first['msg'].lower()}."
