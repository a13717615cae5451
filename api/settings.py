"""What the environment says: the only reader of it."""

from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.screening_rules import RuleBook, rules_in
from matching.config import Config, engine_config
from models.configuration import Configuration, read_configuration
from models.database import Database
from models.identity import Keyring


class Settings(BaseSettings):
    """ZHIPEI_* variables, `.env` read too. Everything has a default that suits one machine, but the keys."""

    model_config = SettingsConfigDict(env_prefix="ZHIPEI_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = "sqlite:///zhipei.db"
    data_dir: Path | None = Field(default=None, description="index snapshots; beside the database by default")
    secret_keys: str = Field(default="", description="Fernet keys, the newest first, separated by commas")
    home_city: str = Field(default="500000", pattern=r"^\d{6}$")
    config: Path | None = Field(default=None, description="a copy of the shipped zhipei.toml")
    screening: Path | None = Field(default=None, description="a copy of the shipped screening.toml")
    deliver_in_serve: bool = Field(default=True, description="push vacancies to receivers from `serve` too")
    receiver_networks: str = Field(default="", description="networks that receivers may be in although not public")

    @cached_property
    def database(self) -> Database:
        """The database, not yet connected to."""
        return Database(self.database_url)

    @cached_property
    def configuration(self) -> Configuration:
        """Policy, weights and ladder."""
        return read_configuration(self.config)

    @cached_property
    def rules(self) -> RuleBook:
        """By what vacancies are screened."""
        return rules_in(self.screening)

    @property
    def engine(self) -> Config:
        """The engine's part of the configuration."""
        return engine_config(self.configuration)

    @cached_property
    def folder(self) -> Path:
        """The data folder, made for the owner alone."""
        path = self.database.path
        folder = self.data_dir or (path.with_suffix(".data") if path else Path("zhipei.data"))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @property
    def snapshot(self) -> Path:
        """The index snapshot of this configuration."""
        return self.folder / f"index-{self.configuration.identity}.arrays"

    @property
    def archive(self) -> Path:
        """What nights kept, so that their lists can be replayed."""
        return self.folder / "nights"

    @property
    def meaning_file(self) -> Path:
        """The vectors that `zhipei fit meaning` made."""
        return self.folder / "meaning.npz"

    @property
    def readings_file(self) -> Path:
        """What was read of the vacancies before."""
        return self.folder / "readings.npz"

    @property
    def keys_file(self) -> Path:
        """Where keys are kept when the environment holds none: the demo makes it."""
        return self.folder / "secret.keys"

    @cached_property
    def keyring(self) -> Keyring | None:
        """The encryption keys, None when there are none."""
        text = self.secret_keys or (self.keys_file.read_text("ascii") if self.keys_file.is_file() else "")
        keys = [key for key in text.replace("\n", ",").split(",") if key.strip()]
        return Keyring([key.strip() for key in keys]) if keys else None
