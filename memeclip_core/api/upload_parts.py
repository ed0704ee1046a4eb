"""The files of an upload, written one after the other while they arrive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header
from starlette.exceptions import HTTPException

from memeclip_core.api.texts import _
from memeclip_core.app.uploads import PICTURE_HEAD, check_picture
from memeclip_core.errors import ImageError
from memeclip_core.marks import mark

FIELD: Final = "files"
"""The name under which Gradio's clients send files."""

_MOST_HEADERS: Final = 8192
_TORN: Final = mark("The upload is not as it must be: a form with files. Send it again.")


class UploadParts:
    """Takes the bytes of a multipart form and writes the files in it.

    Args:
        content_type: of the request.
        create: makes a file of a name, and opens it.
        largest: bytes that one file may have.
        most: how many files there may be.
        pictures: whether nothing but pictures is taken.

    Raises:
        HTTPException: if it is no such form, or holds what is not taken, as soon as that is known.
    """

    def __init__(
        self,
        content_type: str,
        *,
        create: Callable[[str], BinaryIO],
        largest: int,
        most: int,
        pictures: bool,
    ) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise HTTPException(400, _(_TORN))
        self.paths: list[Path] = []
        self._create, self._largest, self._most = create, largest, most
        self._pictures = pictures
        self._taken: list[tuple[str, int]] = []
        self._name, self._size, self._head = "", 0, b""
        self._file: BinaryIO | None = None
        self._header, self._value, self._headers = b"", b"", 0
        self._disposition = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._read_header,
                "on_header_value": self._read_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._write,
                "on_part_end": self._close,
            },
        )

    def feed(self, data: bytes) -> list[tuple[str, int]]:
        """Take some more bytes; return how many of them are of which files."""
        self._taken = []
        try:
            self._parser.write(data)
        except MultipartParseError:
            raise HTTPException(400, _(_TORN)) from None
        return self._taken

    def finish(self) -> None:
        """Say that this was all."""
        if self._file is not None or not self.paths:
            raise HTTPException(400, _(_TORN))

    def close(self) -> None:
        """Close the file that is being written, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None

    # --- what the parser finds --------------------------------------------------------------------

    def _begin(self) -> None:
        self._disposition, self._headers = b"", 0

    def _read_header(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._header += data[start:end]

    def _read_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end]

    def _count(self, size: int) -> None:
        self._headers += size
        if self._headers > _MOST_HEADERS:
            raise HTTPException(400, _(_TORN))

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _open(self) -> None:
        __, options = parse_options_header(self._disposition)
        if options.get(b"name", b"").decode("utf-8", "replace") != FIELD or (
            b"filename" not in options
        ):
            raise HTTPException(400, _(_TORN))
        if len(self.paths) >= self._most:
            raise HTTPException(
                413,
                _("There are more than {n} files. Send fewer of them at once.").format(
                    n=f"{self._most:,}"
                ),
            )
        self._name = options[b"filename"].decode("utf-8", "replace")
        self._size, self._head = 0, b""
        self._file = self._create(self._name)
        self.paths.append(Path(self._file.name))

    def _write(self, data: bytes, start: int, end: int) -> None:
        assert self._file is not None
        self._size += end - start
        if self._size > self._largest:
            raise HTTPException(
                413,
                _(
                    "'{name}' is larger than {size} MB, which is the most. Make it smaller and try "
                    "again."
                ).format(name=self._name[:100], size=f"{self._largest / 1_000_000:,.0f}"),
            )
        if self._pictures and len(self._head) < PICTURE_HEAD:
            self._head += data[start : min(end, start + PICTURE_HEAD - len(self._head))]
            if len(self._head) == PICTURE_HEAD:
                self._look()
        self._file.write(data[start:end])
        self._taken.append((self._name, end - start))

    def _close(self) -> None:
        assert self._file is not None
        if self._pictures and len(self._head) < PICTURE_HEAD:
            self._look()
        self.close()

    def _look(self) -> None:
        try:
            check_picture(self._head)
        except ImageError as error:
            said = _(
                "'{name}' was not taken. {reason} Archives and lists are taken from people who "
                "have signed in."
            ).format(name=self._name[:100], reason=error)
            raise HTTPException(415, said) from None
