"""Snapshots as files of their own, which a browser or an editor opens."""

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode


class TextPicture(SingleFileSnapshotExtension):
    """A report as it goes to a pipe or a terminal."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


class HtmlPicture(TextPicture):
    """A page."""

    file_extension = "html"


class MarkdownPicture(TextPicture):
    """A Markdown report."""

    file_extension = "md"


class JsonPicture(TextPicture):
    """A JSON document, indented."""

    file_extension = "json"


class XmlPicture(TextPicture):
    """A JUnit document."""

    file_extension = "xml"
