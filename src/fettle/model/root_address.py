"""Which file of a root an address in it means, and how a page names a file beside another."""

from posixpath import normpath
from urllib.parse import quote, unquote, urljoin, urlsplit

HERE = "http://root.invalid/"


def path_of(address: str, of: str, origin: str = HERE) -> str | None:
    """Return the path of the file that an address in the file `of` means; None for one elsewhere.

    `origin` is where the root is served, for addresses that name it.
    """
    try:
        whole = urlsplit(urljoin(HERE + quote(of), address.strip()))
    except ValueError:
        return None
    home = urlsplit(origin)
    here = whole.netloc in (urlsplit(HERE).netloc, home.netloc)
    if whole.scheme not in ("http", "https") or not here:
        return None
    path = normpath("/" + unquote(whole.path)).lstrip("/")
    return path or None


def page_at(url: str, paths: frozenset[str]) -> str | None:
    """Return the path of the page that is answered at a URL, as servers of files find it."""
    path = unquote(urlsplit(url).path).strip("/")
    asked = normpath("/" + path).lstrip("/")
    tried = (asked, f"{asked}/index.html".lstrip("/"), f"{asked}/index.htm".lstrip("/"))
    return next((one for one in (*tried, f"{asked}.html") if one in paths), None)


def served_at(base: str, url: str) -> str:
    """Return where a page is that is served from another place."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{base}{parts.path.lstrip('/')}{query}"


def live_at(url: str, path: str) -> str:
    """Return the address of a file of the root that a page's address is served from."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{quote(path)}"


def beside(address: str, suffix: str) -> str:
    """Return the address of the file that is called as another is, and a suffix."""
    parts = urlsplit(address.strip())
    query = f"?{parts.query}" if parts.query else ""
    return f"{address.strip().partition('#')[0].partition('?')[0]}{suffix}{query}"


def address_of(path: str, page: str) -> str:
    """Return the address by which a page names a file."""
    return "../" * page.count("/") + quote(path)
