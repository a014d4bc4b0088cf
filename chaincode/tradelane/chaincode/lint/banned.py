"""Names whose use breaks a rule, by dotted name; the longest entry that fits counts, None allows.

Only what the rules are about stands here: a name that is missing is unknown to the linter, not approved.
"""

from collections.abc import Iterator, Mapping

from tradelane.chaincode.lint.words import words

_CLOCKS = """
    time time.struct_time! time.strptime!
    datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today
    asyncio.sleep asyncio.timeout asyncio.timeout_at asyncio.wait_for
    timeit sched signal.alarm signal.setitimer
"""
_RANDOM = """
    random secrets secrets.compare_digest! os.urandom os.getrandom numpy.random
    uuid.uuid1 uuid.uuid4 uuid.uuid6 uuid.uuid7 uuid.uuid8 uuid.getnode uuid.SafeUUID!
    ssl.RAND_bytes ssl.RAND_pseudo_bytes
"""
_IDENTITY = "builtins.hash builtins.id"
_ENVIRONMENT = """
    os.environ os.environb os.getenv os.getenvb os.putenv os.unsetenv os.uname os.cpu_count os.process_cpu_count
    os.getpid os.getppid os.getpgid os.getpgrp os.getsid os.getuid os.geteuid os.getgid os.getegid os.getgroups
    os.getlogin os.getcwd os.getcwdb os.getloadavg os.sysconf os.times os.name os.get_terminal_size
    os.path.expanduser os.path.expandvars os.path.abspath
    pathlib.Path.cwd pathlib.Path.home
    platform getpass socket.gethostname socket.getfqdn socket.gethostbyname socket.gethostbyaddr
    sys.argv sys.orig_argv sys.executable sys.platform sys.path sys.prefix sys.base_prefix sys.exec_prefix
    sys.flags sys.getsizeof sys.getrefcount sys.getallocatedblocks sys.getwindowsversion sys.intern!
    resource psutil gc tracemalloc inspect.stack inspect.currentframe
"""
_LOCALE = """
    locale gettext zoneinfo dateutil.tz pytz tzlocal calendar.day_name calendar.day_abbr calendar.month_name
    calendar.month_abbr calendar.LocaleTextCalendar calendar.LocaleHTMLCalendar
"""
_FLOATS = """
    statistics cmath numpy
    math math.isqrt! math.gcd! math.lcm! math.comb! math.perm! math.factorial! math.prod!
    math.floor! math.ceil! math.trunc!
    operator.truediv operator.itruediv
"""
_UNSTABLE_BYTES = "pickle marshal shelve cloudpickle dill jsonpickle"
_THREADS = """
    threading _thread multiprocessing concurrent.futures concurrent.futures.CancelledError! asyncio.to_thread
    asyncio.run_coroutine_threadsafe asyncio.run gevent eventlet joblib os.fork os.forkpty os.posix_spawn
    asyncio.Runner queue.Queue queue.SimpleQueue queue.LifoQueue queue.PriorityQueue sys.setswitchinterval
"""
_TASKS = "asyncio.create_task asyncio.ensure_future asyncio.wait asyncio.as_completed asyncio.shield trio anyio"
_FILES = """
    builtins.open builtins.input io.open io.FileIO io.open_code codecs.open sys.stdin
    os os.path! os.path.exists os.path.lexists os.path.isfile os.path.isdir os.path.islink os.path.ismount
    os.path.getsize os.path.getmtime os.path.getatime os.path.getctime os.path.realpath os.path.samefile
    os.fspath! os.fsencode! os.fsdecode! os.PathLike! os.sep! os.linesep! os.strerror!
    shutil tempfile glob fileinput sqlite3 dbm linecache mmap zipfile tarfile gzip.open bz2.open lzma.open
    importlib.resources pkgutil.get_data aiofiles
"""
_NETWORK = """
    socket socket.AF_INET! socket.inet_aton! socket.inet_ntoa! socket.inet_pton! socket.inet_ntop!
    socketserver select selectors ssl urllib.request http.client http.server
    ftplib smtplib imaplib poplib xmlrpc webbrowser asyncio.open_connection asyncio.start_server
    asyncio.open_unix_connection asyncio.start_unix_server
    requests httpx aiohttp urllib3 websockets grpc boto3 redis pymongo psycopg psycopg2 asyncpg sqlalchemy pika kafka
    subprocess asyncio.create_subprocess_exec asyncio.create_subprocess_shell pty
    os.system os.popen os.execv os.execve os.execvp os.execl os.spawnv os.spawnl os.kill os.startfile
"""
_DYNAMIC = """
    builtins.eval builtins.exec builtins.compile builtins.__import__ builtins.breakpoint
    importlib.import_module importlib.reload runpy ctypes cffi
"""

_GROUPS = {
    "DET101": _CLOCKS,
    "DET102": _RANDOM,
    "DET103": _IDENTITY,
    "DET104": _ENVIRONMENT,
    "DET105": _LOCALE,
    "DET201": _FLOATS,
    "DET303": _UNSTABLE_BYTES,
    "DET401": _THREADS,
    "DET402": _TASKS,
    "DET501": _FILES,
    "DET502": _NETWORK,
    "DET503": _DYNAMIC,
}


def _entries() -> Iterator[tuple[str, str | None]]:
    for code, names in _GROUPS.items():
        for name in names.split():
            yield (name[:-1], None) if name.endswith("!") else (name, code)


BANNED: Mapping[str, str | None] = dict(_entries())


def rule_of(dotted: str) -> str | None:
    """Return the code of the rule that the use of a name breaks, None where none does."""
    name = dotted
    while name:
        if name in BANNED:
            return BANNED[name]
        name = name.rpartition(".")[0]
    return None


METHODS: Mapping[str, str] = {
    "run_in_executor": "DET401",
    "read_text": "DET501",
    "read_bytes": "DET501",
    "write_text": "DET501",
    "write_bytes": "DET501",
    "iterdir": "DET501",
    "rglob": "DET501",
    "total_seconds": "DET201",
}
"""Methods that say by their name alone which rule they break, whatever they are called on."""

PATH_METHODS = words(
    "open exists is_file is_dir is_symlink is_mount stat lstat resolve glob touch mkdir rmdir unlink rename replace "
    "chmod owner group samefile symlink_to hardlink_to expanduser absolute walk"
)
"""Further methods of pathlib.Path that ask the file system."""
