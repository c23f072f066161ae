"""One JSON endpoint: each answer whole, of the agreed kind, from one host only, or a fault in our own words.

In: an address and limits. Out: a page and the link to the next. Failed and cut answers are asked for again, then refused;
what a server sends is never trusted for its length, its end, or where to go next.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError, TimeoutError
from urllib3.util.retry import Retry

from ingest.pull.faults import PullFault
from ingest.pull.records import read_page
from ingest.pull.sources import Source, read_secret
from ingest.tables import LARGEST_FILE
from warehouse.errors import ContractError

TIMEOUT_SECONDS = 30.0
RETRIES = 3
BACKOFF_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 120
MOST_SECONDS = 3600.0
MOST_REDIRECTS = 5
PIECE_BYTES = 64 * 1024
AGAIN = (429, 500, 502, 503, 504)
MOVED = (301, 302, 303, 307, 308)
OWN_HEADERS = ("authorization", "cookie", "proxy-authorization", "host", "if-none-match", "if-modified-since")


@dataclass
class Endpoint:
    """An endpoint that is being read. `validators`: what it named for asking again later (etag, last_modified)."""

    source: Source
    session: requests.Session
    origin: tuple[str, str, int | None]
    deadline: float
    received: int = 0
    validators: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One answer, read. `next_link`: the address that its Link header names."""

    content: Any
    next_link: str | None


def open_endpoint(source: Source, session: requests.Session) -> Endpoint:
    """An endpoint with its session made ready. Raises: ContractError for a setting that is not usable."""
    origin = _origin(source)
    _prepare(session, source)
    return Endpoint(source, session, origin, time.monotonic() + _longest(source))


def read_answer(endpoint: Endpoint, url: str, more: Mapping[str, str], known: Mapping[str, str]) -> Page | None:
    """One page, asked for again while it is cut or no JSON; None when it hasn't changed since `known`.

    Raises: PullFault.
    """
    settings, source = endpoint.source.settings, endpoint.source
    attempts = settings.get("retries", RETRIES) + 1
    for attempt in range(attempts):
        if attempt:
            pause = settings.get("backoff_seconds", BACKOFF_SECONDS) * 2 ** (attempt - 1)
            time.sleep(min(LONGEST_PAUSE_SECONDS, pause))
        before = endpoint.received
        with _answer(endpoint, url, more, known) as response:
            if response.status_code == 304 and known:
                return None
            encoding = _check_answer(source, response)
            try:
                content = _body(endpoint, response)
                page = read_page(content, encoding)
            except (requests.RequestException, ValueError):
                # Cut within the body, or ended early without a length: then only the end of the JSON tells.
                endpoint.received = before
                continue
            endpoint.validators = _validators(response)
            return Page(page, response.links.get("next", {}).get("url"))
    raise fault(
        source,
        "cut_body",
        "the answer is cut off or no JSON",
        expected="a whole JSON document",
        found=f"{attempts} answers that end early",
        remedy="pull again later; when it stays so, ask the bureau to look at its server",
    )


def _answer(endpoint: Endpoint, url: str, more: Mapping[str, str], known: Mapping[str, str]) -> requests.Response:
    """The answer to one request, redirects within the same host followed."""
    seconds = endpoint.source.settings.get("timeout_seconds", TIMEOUT_SECONDS)
    names = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
    headers = {names[key]: value for key, value in known.items() if key in names}
    for _ in range(MOST_REDIRECTS + 1):
        response = _asked(endpoint, url, more, headers, seconds)
        if response.status_code not in MOVED:
            return response
        url, more = joined(response.url or url, response.headers.get("Location", "")), {}
        response.close()
        check_origin(endpoint, url)
    raise fault(endpoint.source, "redirected", "the server redirects again and again")


def _asked(
    endpoint: Endpoint, url: str, more: Mapping[str, str], headers: Mapping[str, str], seconds: float
) -> requests.Response:
    """The answer to one request. Raises: PullFault in our words; the library's may repeat the address with its token."""
    asked = requests.Request("GET", url, params=more, headers=headers)
    try:
        request = endpoint.session.prepare_request(asked)
        return endpoint.session.send(
            request, timeout=seconds, stream=True, allow_redirects=False, verify=endpoint.session.verify
        )
    except requests.exceptions.SSLError:
        remedy = "name the bureau's certificate authority under ca_file"
        raise fault(endpoint.source, "tls", "the server's certificate is not trusted", remedy=remedy) from None
    except requests.exceptions.RequestException as error:
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        if isinstance(error, requests.exceptions.Timeout) or (
            isinstance(reason, TimeoutError) and not isinstance(reason, NewConnectionError)
        ):
            what = "the server didn't answer in time"
            raise fault(endpoint.source, "timeout", what, expected=f"within {seconds:g} s") from None
        remedy = "check url, network and firewall; the bureau's server may be down"
        raise fault(endpoint.source, "unreachable", "the server can't be reached", remedy=remedy) from None
    except ValueError:
        # The library looks at where a redirect leads, followed or not.
        raise _elsewhere(endpoint) from None


def _check_answer(source: Source, response: requests.Response) -> str:
    """The encoding of a good answer. Raises: PullFault for any other status or kind of content."""
    status = response.status_code
    if status in (401, 403):
        raise fault(
            source, "login_refused", "the server refuses the login", found=f"status {status}", remedy="check token_from"
        )
    if status != 200:
        raise fault(source, "bad_status", "the server gives no data", found=f"status {status}", remedy="ask the bureau")
    kind, _, rest = response.headers.get("Content-Type", "").lower().partition(";")
    if not (kind.strip() in ("application/json", "text/json") or kind.strip().endswith("+json")):
        raise fault(
            source,
            "content_type",
            "the answer is no JSON",
            expected="Content-Type application/json",
            found="another type; a login page looks like this",
            remedy="check url and token_from",
        )
    named = rest.partition("charset=")[2].strip(" \"'").split(";")[0]
    return named or "utf-8"


def _body(endpoint: Endpoint, response: requests.Response) -> bytes:
    largest = int(endpoint.source.settings.get("largest_mb", LARGEST_FILE / 1024**2) * 1024**2)
    pieces = []
    for piece in response.iter_content(PIECE_BYTES):
        pieces.append(piece)
        endpoint.received += len(piece)
        if time.monotonic() > endpoint.deadline:
            raise fault(
                endpoint.source,
                "timeout",
                "the endpoint takes too long",
                expected=f"at most {_longest(endpoint.source):g} s",
            )
        if endpoint.received > largest:
            raise fault(
                endpoint.source,
                "too_large",
                "the endpoint sends too much",
                expected=f"at most {largest:,} bytes",
                remedy="pull a shorter period, or raise largest_mb",
            )
    return b"".join(pieces)


def _longest(source: Source) -> float:
    return float(source.settings.get("most_seconds", MOST_SECONDS))


def _prepare(session: requests.Session, source: Source) -> None:
    settings = source.settings
    # Neither a proxy nor a password of the surroundings comes into play: only what sources.yml says.
    session.trust_env = False
    session.verify = settings.get("ca_file", True)
    if isinstance(session.verify, str) and not Path(session.verify).is_file():
        raise ContractError(
            "the file of certificate authorities isn't there", where=f"{source.label}: {session.verify}"
        )
    retries = settings.get("retries", RETRIES)
    policy = Retry(
        total=retries,
        status_forcelist=AGAIN,
        allowed_methods={"GET"},
        backoff_factor=settings.get("backoff_seconds", BACKOFF_SECONDS),
        backoff_max=LONGEST_PAUSE_SECONDS,
        retry_after_max=LONGEST_PAUSE_SECONDS,
        redirect=0,
        raise_on_status=False,
    )
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=policy))
    for name, value in settings.get("headers", {}).items():
        if name.lower() in OWN_HEADERS:
            raise ContractError(
                "a header may not be set in sources.yml",
                where=f"{source.label}: {name}",
                remedy="a token is named by token_from",
            )
        session.headers[name] = value
    session.headers["Accept"] = "application/json"
    token = read_secret(settings.get("token_from"), source.label)
    if token is not None:
        session.headers["Authorization"] = f"Bearer {token}"


def _origin(source: Source) -> tuple[str, str, int | None]:
    """Scheme, host and port that the source may ask. Raises: ContractError for a bad address, or one without TLS."""
    origin = _parts(source.settings["url"])
    if origin is None:
        raise ContractError(
            "an address is not usable",
            where=source.label,
            expected="https://<host>/<path>, without a user or password in it",
        )
    if origin[0] != "https" and not (source.settings.get("without_tls") or _is_loopback(origin[1])):
        raise ContractError(
            "an address has no TLS",
            where=source.label,
            expected="https://",
            remedy="use https, or write without_tls: true where the bureau has none and the network is trusted",
        )
    return origin


def check_origin(endpoint: Endpoint, url: str) -> None:
    """Refuse to go anywhere but to the scheme, host and port that were agreed. Raises: PullFault."""
    if _parts(url) != endpoint.origin:
        raise _elsewhere(endpoint)


def _elsewhere(endpoint: Endpoint) -> PullFault:
    return fault(
        endpoint.source,
        "redirected",
        "the server sends us to another host",
        expected=f"{endpoint.origin[0]}://{endpoint.origin[1]}",
        found="another scheme, host or port",
        remedy="when the endpoint has moved, agree its new address with the bureau and change url",
    )


def joined(base: str, link: str) -> str:
    """A link of a page as an address; empty when it is none."""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def _parts(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        return None
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}[parts.scheme]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _validators(response: requests.Response) -> dict[str, str]:
    names = {"etag": "ETag", "last_modified": "Last-Modified"}
    return {key: response.headers[name] for key, name in names.items() if name in response.headers}


def fault(source: Source, code: str, what: str, **places: str) -> PullFault:
    parts = urlsplit(source.settings["url"])
    where = f"{source.label}: {parts.scheme}://{parts.hostname}{parts.path}"
    places.setdefault("remedy", "ask the bureau; nothing of this pull was kept")
    return PullFault(code, what, where=where, **places)
