"""How S3 is reached: settled here from what AWS tools read, so that the tables' own library and botocore go the same way.

Keys are not settled: each library finds them itself, and fetches new ones when they expire. The variables and files are those
of the AWS SDKs and Tools Reference Guide (*Service-specific endpoints*, *Shared config and credentials files*).
"""

from __future__ import annotations

import atexit
import functools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from ..errors import UsageError, extra

if TYPE_CHECKING:
    from collections.abc import Mapping

TRUE = frozenset({"1", "true", "yes", "on"})
REGION = "us-east-1"
"""The region where none is named: other services than Amazon's care for none."""
AUTHORITIES = "SSL_CERT_FILE"
"""The variable by which the tables' library can be told whom to trust; it knows no option for it."""
SECONDS = {"connect_timeout": 5, "read_timeout": 30}


@attrs.frozen
class Reach:
    """The way to S3: ``endpoint`` is empty for Amazon's own; ``is_virtual`` puts the bucket's name into the host's;
    ``authorities`` is the file of certificates that are trusted, empty for those of the system.
    """

    endpoint: str
    region: str
    is_virtual: bool
    authorities: str

    def options(self, bucket: str) -> dict[str, str]:
        """The same in the words of the tables' library. It shall look for keys as AWS tools do at other endpoints too."""
        options = {"AWS_REGION": self.region, "AWS_FORCE_CREDENTIAL_LOAD": "true"}
        if self.is_virtual:
            options["AWS_VIRTUAL_HOSTED_STYLE_REQUEST"] = "true"
        if self.endpoint:
            host = f"//{bucket}." if self.is_virtual else "//"
            options["AWS_ENDPOINT_URL"] = self.endpoint.replace("//", host, 1)
        if self.endpoint.startswith("http://"):  # which a person chose, so it is allowed
            options["AWS_ALLOW_HTTP"] = "true"
        return options

    def trust(self) -> None:
        """Let this process trust ``authorities`` besides those that it trusts already."""
        if self.authorities:
            os.environ[AUTHORITIES] = _with_others(self.authorities)


def settle(environment: Mapping[str, str]) -> Reach:
    """What environment variables and the files of AWS tools say; the former win. Raises UsageError."""
    profile, services = _configured(environment)
    endpoints = [environment.get("AWS_ENDPOINT_URL_S3"), environment.get("AWS_ENDPOINT_URL")]
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() not in TRUE:
        endpoints += [_part(services, "s3").get("endpoint_url"), profile.get("endpoint_url")]
    regions = (environment.get("AWS_REGION"), environment.get("AWS_DEFAULT_REGION"), profile.get("region"))
    virtual = environment.get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "").lower() in TRUE
    authorities = environment.get("AWS_CA_BUNDLE") or profile.get("ca_bundle") or ""
    if authorities and not os.access(authorities, os.R_OK):
        raise UsageError(
            f"the certificates of AWS_CA_BUNDLE cannot be read: {authorities}", "name a PEM file"
        )
    return Reach(
        endpoint=_url(next(filter(None, endpoints), "")),
        region=next(filter(None, regions), REGION),
        is_virtual=virtual or _part(profile, "s3").get("addressing_style") == "virtual",
        authorities=authorities,
    )


def client(reach: Reach) -> Any:
    """A client of botocore for S3 that goes this way, for what the tables' library has no call for."""
    from botocore.config import Config  # type: ignore[import-untyped]

    style = {"addressing_style": "virtual" if reach.is_virtual else "path"}
    retries = {"mode": "standard", "total_max_attempts": 3}
    return _session().create_client(
        "s3", endpoint_url=reach.endpoint or None, region_name=reach.region, verify=reach.authorities or None,
        config=Config(s3=style, retries=retries, **SECONDS),
    )  # fmt: skip


def keys_from() -> str:
    """Where the keys to S3 were found, as botocore calls it; empty when there are none."""
    found = _session().get_credentials()
    return found.method if found else ""


def _session() -> Any:
    from botocore.session import Session  # type: ignore[import-untyped]

    return Session()


def _configured(environment: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the profile says, and what the section of services says that it names."""
    files = (
        environment.get("AWS_CONFIG_FILE") or "~/.aws/config",
        environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials",
    )
    known, keys = _read(files[0], "load_config"), _read(files[1], "raw_config_parse")
    name = environment.get("AWS_PROFILE", "")
    profiles = _part(known, "profiles")
    if name and name not in profiles and name not in keys:
        raise UsageError(
            f"AWS_PROFILE={name}: there is no such profile", f"name one of {' and '.join(files)}"
        )
    profile = _part(keys, name or "default") | _part(profiles, name or "default")
    return profile, _part(_part(known, "services"), profile.get("services", ""))


def _read(path: str, parser: str) -> dict[str, Any]:
    """A file by one of botocore's two parsers: of the configuration, whose sections tell profiles from services, or of keys."""
    with extra("s3", "an index on S3"):
        from botocore import configloader, exceptions  # type: ignore[import-untyped]
    try:
        read: dict[str, Any] = getattr(configloader, parser)(path)
    except exceptions.ConfigNotFound:
        return {}
    except exceptions.BotoCoreError as error:
        raise UsageError(f"the AWS configuration cannot be read: {error}", "correct the file") from None
    return read


def _part(mapping: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A section, empty where there is none or a plain value in its place."""
    part = mapping.get(name)
    return part if isinstance(part, dict) else {}


def _url(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    if "@" in parts.netloc:
        raise UsageError("the endpoint of S3 has a user name in it", "set AWS_ACCESS_KEY_ID instead")
    if endpoint and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise UsageError(f"the endpoint of S3 is no URL: {endpoint}", "write it as http://HOST:PORT")
    return endpoint.rstrip("/")


@functools.cache
def _with_others(authorities: str) -> str:
    """A file of these, the public ones, and those of :data:`AUTHORITIES`. It lives as long as this process."""
    import certifi

    files = {authorities: None, certifi.where(): None, os.environ.get(AUTHORITIES, ""): None}
    descriptor, name = tempfile.mkstemp(prefix="backlinks-", suffix=".pem")
    with os.fdopen(descriptor, "wb") as together:
        together.write(b"\n".join(Path(file).read_bytes() for file in files if Path(file).is_file()))
    atexit.register(Path(name).unlink, missing_ok=True)
    return name
