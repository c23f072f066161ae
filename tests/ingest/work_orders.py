"""Work orders of the hotline behind a JSON endpoint, for the tests of the pull: a source, its records, what came of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingest.pull.__main__ import main
from tests.ingest.deliveries_made import NUMBER_A
from tests.ingest.json_server import JsonServer

FEED = "hotline__work_orders"
FIRST = "hotline__work_orders__20251109__001.json"
ORDER = {"工单号": "W1", "来电时间": "2025-11-09 08:00:00", "分类": "1", "来电人证件号": NUMBER_A}
TOKEN = "t0ken-geheim"


def orders(*numbers: int) -> list[dict]:
    return [{**ORDER, "工单号": f"W{number}"} for number in numbers]


def write_sources(place, server: JsonServer, feed: str = FEED, **settings: object) -> None:
    way = {"url": server.url, "retries": 2, "backoff_seconds": 0, "timeout_seconds": 5, **settings}
    content = {"sources": {"hotline": {"feed": feed, "period": "last_day", "http": way}}}
    (place.root / "sources.yml").write_text(yaml.safe_dump(content, allow_unicode=True))


def pull(place) -> int:
    return main(["--home", str(place.root), "--as-of", "2025-11-10"])


def pulled(place, name: str = FIRST) -> list[dict]:
    return json.loads((place.inbox / name).read_text(encoding="utf-8"))


def numbers(place) -> list[str]:
    return [record["工单号"] for record in pulled(place)]


def own_certificate(folder: Path) -> Path:
    """A certificate for localhost that only itself vouches for, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(private + certificate.public_bytes(pem))
    return path
