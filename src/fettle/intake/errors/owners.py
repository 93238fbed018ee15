"""Whose code a call is: the application's own, or a library's, the runtime's, a tool's.

Where the sender has said it, that holds; but browsers call everything the application's own, so
that there what plainly is a library's is one, whatever they say.
"""

import re
import sys
from collections.abc import Mapping
from functools import lru_cache

from fettle.intake.errors.functions import SCRIPTS, Family
from fettle.model.error_event import Frame

_LONGEST = 400

_ANYWHERE = r"/usr/lib(?:32|64)?/|/usr/local/lib/|/usr/share/|<frozen |<string>|<internal:"
_PATHS: Mapping[Family, str] = {
    Family.PYTHON: r"site-packages/|dist-packages/|/lib/python\d|\.zip/|\Wlib\W+python3",
    Family.RUBY: r"/gems/|/rubygems/|/lib/ruby/|/ruby/\d|vendor/bundle|/bundler/",
    Family.GO: r"/go/pkg/mod/|/vendor/|/usr/local/go/|/go/src/(?:runtime|net)/|third_party/",
    Family.PHP: r"(?:^|/)vendor/|\[internal\]|/pear/|/usr/share/php",
    Family.NATIVE: r"/rustc/|\.cargo/registry|/usr/include/|/lib(?:c|std|pthread)",
    Family.OTHER: r"(?:^|/)(?:vendor|node_modules|deps|third_party)/",
}
_SCRIPT_PATHS = (
    r"(?:^|[/~])node_modules/|^node:|^internal/|^native |\[native code\]|<anonymous>|^native$|"
    r"^index \d|webpack/(?:bootstrap|runtime|universalModuleDefinition)|webpack-runtime|"
    r"-extension://|webkit-masked-url:|/~/|bower_components/|"
    r"/(?:vendors?|polyfills?|framework|react-dom|jquery|vendor-bundle|runtime)"
    r"(?:[.\-~_][\w.~\-]*)?\.js"
)
_JAVA = (
    "java. javax. jakarta. sun. jdk. com.sun. kotlin. kotlinx. scala. groovy. clojure. android. "
    "androidx. com.android. dalvik. org.springframework. org.apache. org.hibernate. org.jboss. "
    "org.eclipse. org.postgresql. org.junit. org.slf4j. org.aspectj. io.netty. io.undertow. "
    "io.quarkus. io.vertx. io.micronaut. io.micrometer. io.reactivex. reactor. rx. okhttp3. "
    "retrofit2. com.fasterxml. com.zaxxer. com.google. com.mysql. com.squareup. net.bytebuddy. "
    "ch.qos. io.ktor. akka. play. feign. com.netflix. graphql. jdk.internal. sun.reflect."
)
_DOTNET = (
    "System. Microsoft. Npgsql. Newtonsoft. MediatR. Polly. Dapper. Serilog. Grpc. Quartz. "
    "Hangfire. MassTransit. StackExchange. AutoMapper. FluentValidation. RabbitMQ. MySql. Sentry."
)
_RUST = "std:: core:: alloc:: tokio:: hyper:: axum:: actix_web:: tower:: rayon:: __rust"
_PYTHON = (
    "django flask starlette fastapi celery sqlalchemy psycopg psycopg2 pymysql redis requests "
    "urllib3 httpx httpcore uvicorn gunicorn werkzeug jinja2 pydantic kombu billiard "
    "rest_framework aiohttp tornado anyio asyncpg boto3 botocore sentry_sdk numpy pandas rq "
    "click pymongo grpc"
)
_PYTHON_TOPS = frozenset(_PYTHON.split()) | sys.stdlib_module_names
_PREFIXES: Mapping[Family, tuple[str, ...]] = {
    Family.JAVA: tuple(_JAVA.split()),
    Family.DOTNET: tuple(_DOTNET.split()),
    Family.NATIVE: tuple(_RUST.split()),
}
_COMPREHENSIONS = ("<listcomp>", "<dictcomp>", "<setcomp>")


def _compiled(family: Family) -> re.Pattern[str]:
    if family in SCRIPTS:
        return re.compile(_SCRIPT_PATHS, re.IGNORECASE)
    return re.compile("|".join(filter(None, (_ANYWHERE, _PATHS.get(family)))))


_LIBRARIES: Mapping[Family, re.Pattern[str]] = {family: _compiled(family) for family in Family}


def is_own(frame: Frame, family: Family) -> bool:
    """Whether a call is of the application's own code."""
    if frame.in_app is not None and family not in SCRIPTS:
        return frame.in_app
    path = (frame.path or frame.file or "")[:_LONGEST]
    own = _judged(path, (frame.module or "")[:_LONGEST], family)
    return own if frame.in_app is None else frame.in_app and own


def is_glue(frame: Frame, family: Family) -> bool:
    """Whether a call was put between others by a tool, and tells nothing."""
    function = frame.function or ""
    if family is Family.BROWSER:
        return "entryWrapped" in function or (frame.file or frame.path) == "[native code]"
    if family is Family.PYTHON:  # Python 3.12 shows them no more
        return function.endswith(_COMPREHENSIONS)
    return False


@lru_cache(maxsize=4096)
def _judged(path: str, module: str, family: Family) -> bool:
    if _LIBRARIES[family].search(path.replace("\\", "/")):
        return False
    if family is Family.PYTHON:
        return _is_absolute(path) or _top(path, module) not in _PYTHON_TOPS
    if family is Family.GO and module:
        # Only the standard library's packages begin without a domain.
        return module == "main" or "." in module.split("/", 1)[0]
    return not module.startswith(_PREFIXES.get(family, ()) or "\0")


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or path[1:2] == ":"


def _top(path: str, module: str) -> str:
    return module.split(".", 1)[0] or re.split(r"[/\\]", path, maxsplit=1)[0]
