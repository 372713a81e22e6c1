#!/usr/bin/env python3
"""Watches programs whose truth is known, with heapwatch and with what else is installed, and prints the table of
docs/watched.md:

    cargo build --release -p heapwatch-cli --all-features
    python3 crates/heapwatch-cli/zoo/run.py target/release/heapwatch > docs/watched.md

heaptrack and valgrind are taken from the path, memray from the interpreter that the environment variable MEMRAY
names, or from this one. What is not there leaves its column empty. Names behind the program choose rows.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
WATCH = 20  # seconds
# Most wait for a clock; an interpreter that is traced takes half a core.
AT_ONCE = 2 * (os.cpu_count() or 4)
# What is left at the end and grew by less than heapwatch's floor accuses nobody.
LEAST = 500 * WATCH
LEAK, INNOCENT = "leak", "none"

# (file, name, what it does, truth: bytes a second, or None where nothing leaks)
ZOO = [
    ("zoo.c", "list", "a linked list that grows", 50e3),
    ("zoo.c", "slow", "the same, slowly", 4e3),
    ("zoo.c", "lost", "blocks whose addresses are lost", 50e3),
    ("zoo.c", "daemon", "the list in a process that forked twice", 50e3),
    ("zoo.c", "child", "the list in a child", 50e3),
    ("zoo.c", "thread", "the list in a thread", 50e3),
    ("zoo.c", "after_start", "20 MB at once, then the list", 50e3),
    ("zoo.c", "array", "an array that is enlarged without end", 50e3),
    ("zoo.c", "doubling", "an array whose room is doubled", 50e3),
    ("zoo.c", "blocks", "blocks of 20 to 60 kB at random times", 400e3),
    ("zoo.c", "environment", "a variable of the environment, set again and again", 50e3),
    ("zoo.c", "unjoined", "threads that end and are never joined", 80e3),
    ("zoo.c", "descriptors", "files that are opened and never closed", 8e3),
    ("zoo.c", "mapped", "pages that are mapped and never unmapped", 200e3),
    ("zoo.c", "memfd", "files in memory that stay open", 200e3),
    ("zoo.c", "pipes", "pipes that nobody reads", 300e3),
    ("zoo.c", "saw_leak", "a saw-tooth of 2 MB, and the list beside it", 400e3),
    ("zoo.c", "saw", "a saw-tooth of 4 MB", None),
    ("zoo.c", "start", "24 MB at once", None),
    ("zoo.c", "ring", "a ring of 4 MB that fills in 3 s", None),
    ("zoo.c", "lazily", "pages in turn, given back by MADV_FREE", None),
    ("zoo.c", "warming", "approaches 30 MB exponentially, tau 10 s", None),
    ("zoo.c", "tables", "a dozen tables of some MB, ever rarer, within 11 s", None),
    ("zoo.c", "fragments", "blocks of all sizes, replaced at random", None),
    ("zoo.c", "threads", "threads that allocate and are joined", None),
    ("zoo.c", "cache", "a cache of 512 entries, replaced at random", None),
    ("zoo.c", "bursts", "8 MB for 1.5 s, again and again", None),
    ("zoo.c", "page_cache", "writes a file of 64 MB", None),
    ("zoo.c", "children", "children that allocate and end", None),
    ("zoo.c", "idle", "nothing", None),
    ("zoo.py", "dictionaries", "a list of dictionaries, one a step", 140e3),
    ("zoo.py", "history", "a history that is appended to without bound", 110e3),
    ("zoo.py", "closure", "a record kept by a closure", 100e3),
    ("zoo.py", "cycles_kept", "cycles, the collector being off", 110e3),
    ("zoo.py", "unbounded_cache", "`lru_cache(maxsize=None)`", 110e3),
    ("zoo.py", "listeners", "callbacks that are never taken away", 130e3),
    ("zoo.py", "sessions", "sessions by key that never end", 140e3),
    ("zoo.py", "tracebacks", "errors that are kept, and with them where they were raised", 150e3),
    ("zoo.py", "tasks", "tasks that wait for what never comes", 240e3),
    ("zoo.py", "cycles_collected", "cycles, the collector being on", None),
    ("zoo.py", "bounded_cache", "`lru_cache(maxsize=500)`", None),
    ("zoo.py", "bounded_history", "`deque(maxlen=1000)`", None),
    ("zoo.py", "texts", "texts made and dropped", None),
    ("zoo.py", "imports", "imports and a table, once", None),
    ("zoo.rs", "forgotten", "`mem::forget`", 70e3),
    ("zoo.rs", "reference_cycle", "`Rc` in a circle", 76e3),
    ("zoo.rs", "map_by_key", "a map that grows by key", 73e3),
    ("zoo.rs", "queue", "a channel whose receiver is too slow", 71e3),
    ("zoo.rs", "bounded_queue", "a queue of 1000", None),
    ("zoo.rs", "buffer", "a buffer used again", None),
    ("zoo.rs", "strings", "strings made and dropped", None),
    ("zoo.js", "array", "an array of buffers that grows (Node)", 100e3),
    ("zoo.js", "churn", "objects made and dropped (Node)", None),
    ("Zoo.java", "list", "a static list that grows (Java)", 200e3),
    ("Zoo.java", "churn", "arrays made and dropped (Java)", None),
]


def marked(file, name):
    """The lines that leak, where the source marks some."""
    found = set()
    for number, line in enumerate((HERE / file).read_text().splitlines(), 1):
        leaks = re.search(r"leaks: ([\w ]+)", line)
        if leaks and name in leaks.group(1).split():
            found.add(f"{file}:{number}")
    return found


def output(words, **options):
    """What a command prints on either stream."""
    try:
        done = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60 + 6 * WATCH, **options
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode(errors="replace")


class Bench:
    def __init__(self, heapwatch, folder):
        self.heapwatch, self.folder = heapwatch, folder
        here = str(HERE)
        c, rust = f"{folder}/zoo-c", f"{folder}/zoo-rust"
        subprocess.run(["cc", "-g", "-O1", f"{here}/zoo.c", "-o", c, "-lpthread"], check=True)
        subprocess.run(
            ["rustc", "--edition", "2024", "-g", "-O", f"{here}/zoo.rs", "-o", rust], check=True
        )
        # A name on the path can be that of a script, which would be what is watched.
        self.start = {"zoo.c": [c], "zoo.rs": [rust], "zoo.py": [sys.executable, f"{here}/zoo.py"]}
        if shutil.which("node"):
            self.start["zoo.js"] = ["node", f"{here}/zoo.js"]
        if shutil.which("java"):
            self.start["Zoo.java"] = ["java", "-Xmx256m", f"{here}/Zoo.java"]
        self.memray = os.environ.get("MEMRAY", sys.executable)
        if subprocess.run([self.memray, "-c", "import memray"], capture_output=True).returncode:
            self.memray = None

    def watched(self, file, name, *flags):
        command = [*self.start[file], name, "1000"]
        words = [self.heapwatch, "exec", "--json", "--duration", str(WATCH), *flags, "--", *command]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return json.loads(done.stdout)

    def of_heapwatch(self, file, name):
        found = self.watched(file, name)
        low, high = found["growth_interval"]
        numbers = [found["growth_bytes_per_second"], low, high]
        # What is not finite has no number in JSON.
        rate, low, high = ["?" if number is None else f"{number:.0f}" for number in numbers]
        rate = f"{rate} [{low}, {high}]"
        answer = {"leak": LEAK, "inconclusive": None}.get(found["verdict"], INNOCENT)
        return found["verdict"], rate, answer

    def lines(self, file, name):
        """Places that heapwatch says leak, the first first."""
        found = self.watched(file, name, "--sites")
        sites = [site for site in found["sites"] if site["verdict"] == "leak"]
        return [f"{pathlib.Path(site['file'] or '').name}:{site['line']}" for site in sites]

    def of_heaptrack(self, file, name):
        """The largest of what was not freed at the end."""
        raw = f"{self.folder}/heaptrack-{file}-{name}"
        output(["heaptrack", "-o", raw, *self.start[file], name, str(WATCH)])
        made = sorted(self.folder.glob(f"heaptrack-{file}-{name}*"))
        if not made:
            return None
        text = output(["heaptrack_print", "-l1", "-p0", "-a0", "-T0", "-f", str(made[-1])])
        return largest(text.split("MEMORY LEAKS")[-1], r"([\d.]+)([BKMG]?) leaked over \d+ calls from\n")

    def of_valgrind(self, file, name):
        """The largest of what no pointer leads to."""
        log = self.folder / f"valgrind-{file}-{name}.%p"
        output(
            ["valgrind", "--leak-check=full", f"--log-file={log}", *self.start[file], name, str(WATCH)]
        )
        best = None
        for one in self.folder.glob(f"valgrind-{file}-{name}.*"):
            for block in re.split(r"\n==\d+== \n", one.read_text(errors="replace")):
                found = re.search(r"([\d,]+) (?:\([^)]*\) )?bytes in .* (?:definitely|possibly) lost", block)
                if found:
                    size = int(found.group(1).replace(",", ""))
                    best = max(best or (0, ""), (size, block))
        return (best[0], places(best[1])) if best else (0, [])

    def of_memray(self, file, name):
        """The largest of what was not freed at the end."""
        raw = f"{self.folder}/memray-{name}.bin"
        run = ["-m", "memray", "run", "-q", "-f", "--trace-python-allocators", "-o", raw]
        output([self.memray, *run, *self.start[file][1:], name, str(WATCH)])
        read = (
            "import sys, memray\n"
            "records = memray.FileReader(sys.argv[1]).get_leaked_allocation_records(merge_threads=True)\n"
            "record = max(records, key=lambda record: record.size)\n"
            "print(record.size)\n"
            "for _, file, line in record.stack_trace(): print(f'{file}:{line}')\n"
        )
        text = output([self.memray, "-c", read, raw])
        found = re.match(r"(\d+)\n", text)
        return (int(found.group(1)), places(text)) if found else None


def places(text):
    """Lines of the zoo's own sources."""
    return re.findall(r"\b(zoo\.\w+:\d+)", text)


def largest(text, pattern):
    found = re.search(pattern, text)
    if not found:
        return 0, []
    size = float(found.group(1)) * {"": 1, "B": 1, "K": 1e3, "M": 1e6, "G": 1e9}[found.group(2)]
    # Up to the next one of the list.
    rest = text[found.end():]
    end = re.search(pattern, rest)
    return size, places(rest[: end.start()] if end else rest)


def right(answer, truth):
    """A word for an answer, `None` being that it says nothing."""
    if answer is None:
        return "silent"
    return "right" if (answer == LEAK) == (truth is not None) else "wrong"


def of_list(found, truth, line):
    """A word for a list of what was not freed: its largest entry is taken for the answer."""
    if found is None:
        return "–"
    size, named = found
    if size < LEAST:
        return "silent" if truth else "right"
    if not truth:
        return "wrong"
    return "right, line" if line & set(named[:3]) else "right, no line"


def row(bench, animal):
    file, name, what, truth = animal
    line = marked(file, name)
    verdict, rate, answer = bench.of_heapwatch(file, name)
    cells = [right(answer, truth), verdict, rate]
    named = "–"
    if truth and file != "Zoo.java" and file != "zoo.js":
        sites = bench.lines(file, name)
        named = "yes" if line & set(sites[:1]) else "among them" if line & set(sites) else "no"
    cells.append(named)
    native, python = file in ("zoo.c", "zoo.rs"), file == "zoo.py"
    has = shutil.which
    cells.append(of_list(bench.of_heaptrack(file, name), truth, line) if native and has("heaptrack") else "–")
    cells.append(of_list(bench.of_memray(file, name), truth, line) if python and bench.memray else "–")
    cells.append(of_list(bench.of_valgrind(file, name), truth, line) if native and has("valgrind") else "–")
    truth = f"{truth / 1e3:.0f} kB/s" if truth else "no leak"
    print(f"{file} {name}: {cells}", file=sys.stderr, flush=True)
    return [f"`{file} {name}`: {what}", truth, *cells]


HEAD = f"""# Programs that were watched

Each ran for {WATCH} s under each tool, several at once, and none was told what to look for. The programs are
[`zoo.c`, `zoo.py`, `zoo.rs`, `zoo.js` and `Zoo.java`](../crates/heapwatch-cli), in which the line that leaks is
marked; the page is made by

```text
cargo build --release -p heapwatch-cli --all-features
python3 crates/heapwatch-cli/zoo/run.py target/release/heapwatch > docs/watched.md
```

- **heapwatch** says a verdict. *Right*: a leak is called one, and what leaks nothing is cleared. *Silent*: `inconclusive`.
  *Wrong*: an innocent is accused, or a leak is cleared. `rate` is its growth in bytes a second with its interval of
  99.9 %. *Line*: whether `--sites`, in a run of its own, names the marked line first (*yes*), after others (*among
  them*) or not at all.
- **heaptrack** and **memray** list what was not freed at the end, and **valgrind** (`--leak-check=full`) what no pointer
  leads to; none says whether it grows. The largest entry is taken for the answer where it is above {LEAST} bytes, which is what
  heapwatch's floor of 500 B/s would come to. *Right*: there is one, with the marked line or without (*no line*), and of an
  innocent there is none. *Wrong*: there is one, and nothing leaks. *Silent*: there is none, and something leaks.
- Rates of Python are of what the process holds, as near as can be told beforehand.
"""


def main():
    heapwatch, names = os.path.abspath(sys.argv[1]), set(sys.argv[2:])
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(heapwatch, pathlib.Path(folder))
        animals = [one for one in ZOO if one[0] in bench.start and (not names or one[1] in names)]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            rows = list(pool.map(lambda animal: row(bench, animal), animals))
    print(HEAD)
    print("| program | truth | heapwatch | verdict | rate | line | heaptrack | memray | valgrind |")
    print("|---|---|---|---|---|---|---|---|---|")
    for cells in rows:
        print(f"| {' | '.join(cells)} |")
    print(f"\n| of {len(rows)} | heapwatch | heaptrack | memray | valgrind |\n|---|---|---|---|---|")
    for word in ["right", "wrong", "silent"]:
        counts = [sum(cells[at].startswith(word) for cells in rows) for at in [2, 6, 7, 8]]
        print(f"| {word} | {' | '.join(map(str, counts))} |")


if __name__ == "__main__":
    main()
