"""Hosts behind CONNECT (RFC 9110, 9.3.6): a certificate that proves nothing, and no TLS at all."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..message import Request

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


async def broken_certificate(_: Request, writer: asyncio.StreamWriter) -> int:
    """TLS with a certificate of another host, signed by nobody, that has expired; the host itself answers in it."""
    writer.write(_ESTABLISHED)
    await writer.drain()
    await writer.start_tls(_context())
    return 200


async def no_tls(_: Request, writer: asyncio.StreamWriter) -> int:
    """Something else where TLS should be."""
    writer.write(_ESTABLISHED)
    await asyncio.sleep(0.2)  # else the client takes it for a part of the proxy's answer
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await writer.drain()
    writer.close()
    return 200


@cache
def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory(prefix="localweb-") as folder:
        file = Path(folder) / "certificate.pem"
        file.write_bytes(_certificate())
        context.load_cert_chain(file)
    return context


def _certificate() -> bytes:
    """Key and certificate as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody-else.example")])
    own = x509.CertificateBuilder(
        issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=x509.random_serial_number(),
        not_valid_before=datetime(2019, 1, 1, tzinfo=UTC), not_valid_after=datetime(2020, 1, 1, tzinfo=UTC),
    ).sign(key, hashes.SHA256())  # fmt: skip
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret + own.public_bytes(encoding)
