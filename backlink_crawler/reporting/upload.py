"""Objects on S3: how a finished file gets there, and what to say when it does not."""

from __future__ import annotations

import os
import shlex
from functools import cache, cached_property
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, Self

import attrs

from ..errors import BacklinkError, UsageError, extra
from .address import Place, file_name, shown
from .spool import keep, settle

if TYPE_CHECKING:
    from collections.abc import Mapping

PART = 16 * 1024 * 1024
"""Bytes from which a file goes up in parts of this size, which are one object when the last has come, or none."""
AT_ONCE = 4
"""Parts under way at a time."""
LOOKING: dict[str, Any] = {"connect_timeout": 5, "read_timeout": 10}
SENDING: dict[str, Any] = {"connect_timeout": 10, "read_timeout": 60}
"""Seconds that S3 is waited for before a crawl, and for each request after it; so a crawl always ends."""
ATTEMPTS = 5
"""How often a request is made that fails for a while, with growing pauses of up to 20 seconds (the SDK's standard mode), where
AWS_MAX_ATTEMPTS or a profile does not say it."""


@attrs.frozen
class Cause:
    """What an answer of S3 means, and what to do. ``stays`` when it would be the same after the crawl."""

    words: str
    hint: str = "backlinks doctor helps"
    stays: bool = True


_NO_BUCKET = Cause("there is no such bucket", "make the bucket, or correct its name or AWS_ENDPOINT_URL")
_WRONG_KEY = Cause("the AWS keys are wrong", "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_PROFILE")
_EXPIRED = Cause(
    "the AWS session token has expired", "log in again, or give the run a role that renews itself"
)
_DENIED = Cause("no permission to write there", "allow s3:PutObject on it", stays=False)
_REGION = Cause("the bucket lies in another region", "set AWS_REGION to its region")
_BUSY = Cause("the server is busy or failing", stays=False)
_FULL = Cause("the storage is full", stays=False)
_CLOCK = Cause("the clock of this machine is wrong", "set it, as by NTP")
_LOST = Cause("the server does not answer", "check AWS_ENDPOINT_URL, AWS_REGION and the network", stays=False)

CAUSES: dict[str, Cause] = {
    "NoSuchBucket": _NO_BUCKET, "InvalidBucketName": _NO_BUCKET, "404": _NO_BUCKET,
    "InvalidAccessKeyId": _WRONG_KEY, "SignatureDoesNotMatch": _WRONG_KEY, "InvalidToken": _WRONG_KEY,
    "ExpiredToken": _EXPIRED, "ExpiredTokenException": _EXPIRED, "TokenRefreshRequired": _EXPIRED,
    "AccessDenied": _DENIED, "AllAccessDisabled": _DENIED, "AccountProblem": _DENIED, "403": _DENIED,
    "PermanentRedirect": _REGION, "AuthorizationHeaderMalformed": _REGION, "301": _REGION,
    "RequestTimeTooSkewed": _CLOCK, "RequestExpired": _CLOCK,
    "SlowDown": _BUSY, "NoSuchUpload": _BUSY, "ServiceUnavailable": _BUSY, "InternalError": _BUSY, "RequestTimeout": _BUSY,
    "500": _BUSY, "502": _BUSY, "503": _BUSY, "504": _BUSY,
    "QuotaExceeded": _FULL, "XMinioStorageFull": _FULL, "507": _FULL,
    "NoCredentialsError": Cause("no AWS credentials were found", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"),
    "PartialCredentialsError": Cause("the AWS credentials are incomplete", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    "ProfileNotFound": Cause("there is no such AWS profile", "check AWS_PROFILE and ~/.aws/config"),
    "TokenRetrievalError": _EXPIRED, "UnauthorizedSSOTokenError": _EXPIRED, "SSOTokenLoadError": _EXPIRED,
    "SSLError": Cause("its TLS certificate is not trusted", "name the authority in AWS_CA_BUNDLE"),
    "EndpointConnectionError": _LOST, "ConnectTimeoutError": _LOST, "ReadTimeoutError": _LOST,
    "ConnectionClosedError": _LOST, "ResponseStreamingError": _LOST, "HTTPClientError": _LOST,
}  # fmt: skip
"""By the code of S3 (Amazon S3 API Reference, Error responses), the status where there is no code, or the SDK's exception."""


@attrs.frozen
class Access:
    """How S3 is reached. What is empty the SDK finds as AWS tools do: environment, profile, role."""

    key: str | None = None
    secret: str | None = attrs.field(default=None, repr=False)
    token: str | None = attrs.field(default=None, repr=False)
    region: str | None = None
    endpoint: str | None = None
    verify: bool | None = None
    tls: bool | None = None
    acl: str = ""

    @classmethod
    def of(cls, settings: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Self:
        """What Scrapy's settings say. Of the environment AWS_REGION alone is read: other AWS tools know it, boto3 does not."""
        return cls(
            key=settings.get("AWS_ACCESS_KEY_ID") or None,
            secret=settings.get("AWS_SECRET_ACCESS_KEY") or None,
            token=settings.get("AWS_SESSION_TOKEN") or None,
            region=settings.get("AWS_REGION_NAME") or environment.get("AWS_REGION") or None,
            endpoint=settings.get("AWS_ENDPOINT_URL") or None,
            verify=_flag(settings.get("AWS_VERIFY")),
            tls=_flag(settings.get("AWS_USE_SSL")),
            acl=settings.get("FEED_STORAGE_S3_ACL") or "",
        )


def _flag(raw: Any) -> bool | None:
    return None if raw in (None, "") else str(raw).lower() not in ("0", "false", "no")


class Uploader:
    """Sends files. What it could not send it keeps below ``unsent``, as ``unsent/BUCKET/KEY``.

    May be used by several threads. Credentials that expire are renewed by the SDK.
    """

    def __init__(self, access: Access, unsent: Path) -> None:
        self.access = access
        self.unsent = unsent
        self._checked: set[str] = set()
        with extra("s3", "writing to S3"):
            import boto3  # type: ignore[import-untyped]  # noqa: F401  late: it takes a fifth of a second
            from botocore.session import get_session  # type: ignore[import-untyped]
        self._core = get_session()  # asked for what it was told; boto3 may be put around it once
        self._making = Lock()

    def check(self, bucket: str) -> None:
        """Raise UsageError for what will be the same when the crawl ends, and BacklinkError where nothing answers.

        A bucket that may be written to need not show what is in it, so that a refusal says nothing. Each is asked once.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        if bucket in self._checked:
            return
        try:
            self._client(LOOKING, attempts=2).list_objects_v2(Bucket=bucket, MaxKeys=1)
        except (BotoCoreError, ClientError) as error:
            code, cause = explain(error)
            if cause.stays:
                raise UsageError(f"s3://{bucket}: {cause.words} ({code})", cause.hint) from error
            if cause is _LOST:
                raise BacklinkError(f"s3://{bucket}: {cause.words} ({code})", cause.hint) from error
        self._checked.add(bucket)

    def send(self, file: IO[bytes], place: Place, media_type: str) -> None:
        """Store a file as one object, whole or not at all; raises BacklinkError when that fails, and keeps the file."""
        from boto3.s3.transfer import TransferConfig  # type: ignore[import-untyped]

        _settle(file)
        extra = {"ContentType": media_type} | ({"ACL": self.access.acl} if self.access.acl else {})
        config = TransferConfig(
            multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=AT_ONCE, preferred_transfer_client="classic"
        )  # fmt: skip
        try:
            with self._making:  # a session makes one client at a time, which all threads may use
                client = self._sending
            with open(os.dup(file.fileno()), "rb") as copy:  # the SDK closes what it read  # noqa: PTH123
                copy.seek(0)
                client.upload_fileobj(copy, place.bucket, place.key, ExtraArgs=extra, Config=config)
        except Exception as error:  # whatever it is, the file is not lost
            code, cause = explain(error)
            path = self._keep(file, place)
            later = f"{self.command(path, place)} --content-type {shlex.quote(media_type)}"
            raise BacklinkError(
                f"{cause.words} ({code})", f"it is kept as {path}; {cause.hint}, then: {later}"
            ) from error

    def hold(self, file: IO[bytes], place: Place, media_type: str) -> None:
        """Keep a file without trying to send it, which raises BacklinkError."""
        _settle(file)
        self._keep(file, place)
        raise BacklinkError("was not tried any more")

    def _keep(self, file: IO[bytes], place: Place) -> Path:
        path = self.unsent / file_path(place)
        try:
            keep(file, path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise BacklinkError(
                f"it could not be sent, nor kept as {path}: {reason}", "see for room on the disk"
            ) from error
        return path

    def command(self, path: Path, place: Place | str) -> str:
        """What sends a kept file, or with ``s3://BUCKET`` all of a folder, by the AWS command line."""
        where = ["--endpoint-url", shown(self.access.endpoint)] if self.access.endpoint else []
        whole = ["--recursive"] if isinstance(place, str) else []
        return shlex.join(["aws", "s3", "cp", *where, *whole, str(path), str(place)])

    @cached_property
    def _sending(self) -> Any:
        return self._client(SENDING)

    @cached_property
    def _session(self) -> Any:
        from boto3.session import Session  # type: ignore[import-untyped]

        access = self.access
        return Session(
            access.key, access.secret, access.token, region_name=access.region, botocore_session=self._core
        )

    def _client(self, patience: Mapping[str, Any], attempts: int = 0) -> Any:
        from botocore.config import Config  # type: ignore[import-untyped]

        access, said = self.access, self._core.get_config_variable
        retries: dict[str, Any] = {"mode": said("retry_mode") or "standard"}
        if attempts or not said("max_attempts"):
            retries["total_max_attempts"] = attempts or ATTEMPTS
        return self._session.client(
            "s3", endpoint_url=access.endpoint, verify=access.verify, use_ssl=access.tls is not False,
            config=Config(retries=retries, **patience),
        )  # fmt: skip


@cache
def _uploader(access: Access, unsent: Path) -> Uploader:
    return Uploader(access, unsent)


def uploader(settings: Mapping[str, Any], options: Mapping[str, Any]) -> Uploader:
    """The one of this process, by Scrapy's settings. Below FEED_TEMPDIR or the directory of jobs lies what was not sent: both
    outlive the run."""
    unsent = settings.get("FEED_TEMPDIR") or Path(options.get("jobs") or "data/jobs", "unsent")
    return _uploader(Access.of(settings), Path(unsent))


def _settle(file: IO[bytes]) -> None:
    try:
        settle(file)
    except OSError as error:
        raise BacklinkError(
            f"its file could not be written: {error.strerror}", "see for room on the disk"
        ) from error


def file_path(place: Place) -> Path:
    """The place as a path below a folder: the same names where they are safe ones, else one that is."""
    names = place.key.split("/")
    if any(name in ("", ".", "..") or "\0" in name or len(name.encode()) > 200 for name in names):
        names = [file_name(place.key)]
    return Path(place.bucket, *names)


def explain(error: Exception) -> tuple[str, Cause]:
    """The code of an error, and what it means."""
    answer = getattr(error, "response", None) or {}
    code = str(answer.get("Error", {}).get("Code", ""))
    status = str(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    names = [code, status, *(kind.__name__ for kind in type(error).__mro__)]
    known = next((name for name in names if name in CAUSES), "")
    shown = code if code.isascii() and code.isalnum() else known or type(error).__name__
    if known:
        return shown[:60], CAUSES[known]
    return shown[:60], Cause("S3 refused it" if answer else "it could not be sent", stays=False)
