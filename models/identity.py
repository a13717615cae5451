"""Who a person is: encrypted, apart from what matching reads, one person one file (一人一档)."""

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId
from models.errors import ZhipeiError


class SeekerIdentity(Base):
    """The personal data of one job seeker. Every field is ciphertext save the keyed hash of the ID number."""

    __tablename__ = "seeker_identities"

    seeker_id: Mapped[int] = mapped_column(BigId, ForeignKey("job_seekers.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    sex: Mapped[bytes | None] = mapped_column(LargeBinary)
    birth_date: Mapped[bytes | None] = mapped_column(LargeBinary)
    original_kind: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)


class Keyring:
    """Encrypts and finds personal data. The first key encrypts; the others still decrypt (rotation).

    Keys are Fernet keys (32 bytes, urlsafe base64). The blind index is HMAC-SHA256 under a key derived
    from the last, i.e. oldest, one, so that adding a new first key does not orphan stored hashes.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ZhipeiError("没有配置加密密钥：请设置 ZHIPEI_SECRET_KEYS")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ZhipeiError("加密密钥格式不对：每个密钥为 32 字节的 urlsafe base64") from error
        self._index_key = hashlib.blake2b(keys[-1].encode(), person=b"zhipei-blind-idx").digest()

    @staticmethod
    def new_key() -> str:
        """A fresh random key."""
        return Fernet.generate_key().decode()

    def encrypt(self, text: str) -> bytes:
        """Ciphertext of `text`; different each time."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, token: bytes) -> str:
        """The text that was encrypted; ZhipeiError when no key fits."""
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken as error:
            raise ZhipeiError("没有能解开这份数据的密钥") from error

    def blind_index(self, text: str) -> bytes:
        """A keyed hash (32 bytes) by which equal texts are found without being read."""
        return hmac.digest(self._index_key, text.encode(), "sha256")
