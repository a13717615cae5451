"""Where the settings that are policy, not plumbing, come from: one versioned TOML file."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from models.errors import ZhipeiError


@dataclass(frozen=True, slots=True, eq=False)
class Configuration:
    """The tables of the file. `identity` changes when a byte of it does."""

    identity: str
    tables: Mapping[str, Any]


def read_configuration(path: Path | None = None) -> Configuration:
    """The configuration in a file, or the one that ships. ZhipeiError when it is not TOML."""
    return _parse(path.read_text("utf-8") if path else _shipped())


@lru_cache(maxsize=8)
def _parse(text: str) -> Configuration:
    try:
        tables = tomllib.loads(text)
        digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
        return Configuration(f"{tables['version']}-{digest}", tables)
    except (KeyError, tomllib.TOMLDecodeError) as error:
        raise ZhipeiError(f"配置文件有误：{error}") from error


def _shipped() -> str:
    return resources.files("models").joinpath("data/zhipei.toml").read_text("utf-8")
