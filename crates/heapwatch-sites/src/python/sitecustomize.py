"""Imported by CPython before the program's own code: counts memory by line, and writes it down now and then.

What it takes itself is told apart from the program's memory: see `Apart`, `tables` and `tell`.
"""
import os
import sys

# Heaps of threads lie at multiples of this in glibc; pages.
HEAP, PAGE = 1 << 26, 4096
# What glibc takes for the blocks of a trace beyond what the interpreter says: headers, and what an entry points to.
BESIDE = 48 if sys.version_info >= (3, 9) else 8


def _heapwatch():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = os.environ.get("HEAPWATCH_SITES")
    # The program's own module of this name comes next, as if this one were not there.
    sys.path[:] = [place for place in sys.path if os.path.abspath(place or ".") != here]
    own = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401
    except ImportError:
        if own is not None:
            sys.modules["sitecustomize"] = own
    if not folder or not os.path.isdir(folder):
        return
    try:
        import _tracemalloc
        import _thread
        import gc
        import json
        import time
    except ImportError:
        return
    interval = float(os.environ.get("HEAPWATCH_SITES_INTERVAL", "0.25"))

    def new_log():
        path = os.path.join(folder, "%d-%d.python" % (os.getpid(), time.monotonic_ns()))
        return open(path, "x", encoding="utf-8", errors="backslashreplace")

    try:
        apart = Apart()
    except Exception as error:
        with new_log() as log:
            log.write(json.dumps({"untraced": str(error)}) + "\n")
        return
    _tracemalloc.start(8)
    apart.prepare(_tracemalloc, gc)

    def sites():
        """What the stacks hold that hold most, and how many blocks are traced."""
        traces = apart.traces()
        # A trace, or the sizes of several. What is made here is traced itself, at some microseconds each: so little is.
        held = {}
        for trace in traces:
            # Equal stacks are equal tuples.
            known = held.get(trace[2])
            if known is None:
                held[trace[2]] = trace
            elif type(known) is list:
                known.append(trace[1])
            else:
                held[trace[2]] = [known[1], trace[1]]
        totals = {
            stack: sum(known) if type(known) is list else known[1] for stack, known in held.items()
        }
        most = sorted(totals, key=totals.get, reverse=True)[:300]
        own = __file__
        found = [
            [totals[stack], len(held[stack]) if type(held[stack]) is list else 1, stack]
            for stack in most
            if all(frame[0] != own for frame in stack)
        ]
        return found, len(traces)

    def watch():
        try:
            apart.leave_out_thread()
            pid, known = os.getpid(), 0
            # As many programs ran in this process, this one included: the note of an earlier one is not this one's.
            while os.path.exists(os.path.join(folder, "%d-%d.sites" % (pid, known))):
                known += 1
            note = os.open(os.path.join(folder, "%d.own" % pid), os.O_RDWR | os.O_CREAT, 0o600)
            # What a child of a fork has from its parent is the pages of both.
            inherited = _tracemalloc.get_tracemalloc_memory() if forked else 0
            beside, kept = 1.0, 0

            def tell(looking):
                """What tracing keeps in this process, and whether more of it is taken just now."""
                tables = beside * max(_tracemalloc.get_tracemalloc_memory() - inherited, 0)
                os.pwrite(note, b"%d %20d %10d\n" % (looking, tables + kept, known), 0)

            with new_log() as file:
                while True:
                    began = time.thread_time()
                    tell(True)
                    found, blocks = sites()
                    file.write(json.dumps({"t": time.monotonic(), "sites": found}) + "\n")
                    file.flush()
                    del found
                    memory = _tracemalloc.get_tracemalloc_memory()
                    beside = (memory + BESIDE * blocks) / memory
                    kept = apart.kept()
                    # A fiftieth of the time goes into looking, unless a short watch would see too little.
                    took = time.thread_time() - began
                    until = time.monotonic() + min(max(interval, 50 * took), 4 * interval)
                    while True:
                        tell(False)
                        left = until - time.monotonic()
                        if left <= 0:
                            break
                        # The tables grow meanwhile.
                        time.sleep(min(left, 0.1))
        except Exception:
            # The folder is gone: the watch is over. The program must not notice.
            pass

    forked = False

    def begin():
        _thread.start_new_thread(watch, ())

    def begin_in_child():
        nonlocal forked
        forked = True
        begin()

    begin()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=begin_in_child)


class Apart:
    """Takes traces without a mark on the program's heap.

    They are many small objects, for a moment. Among the program's own they would leave holes, each in an arena that is
    then never given back: memory that grows with what is traced, several times as fast. So while they are made, and no
    other thread runs, objects come from glibc's `malloc`, which takes them from a heap of the calling thread. Freed
    they are as any other: the interpreter's `free` hands on what is not of its own arenas. What stays resident of that
    heap is counted.
    """

    def __init__(self):
        import ctypes
        import functools
        import operator

        if not getattr(sys, "_is_gil_enabled", lambda: True)():
            raise RuntimeError("this interpreter runs threads side by side")

        class Allocator(ctypes.Structure):
            names = "context", "malloc", "calloc", "realloc", "free"
            _fields_ = [(name, ctypes.c_void_p) for name in names]

        self._allocator, self._reference = Allocator, ctypes.byref
        self._partial, self._call = functools.partial, operator.methodcaller("__call__")
        # Of the interpreter's library calls these keep its lock.
        self._get, self._set = (
            getattr(ctypes.pythonapi, "PyMem_%sAllocator" % verb) for verb in ("Get", "Set")
        )
        for function in (self._get, self._set):
            function.restype, function.argtypes = None, [ctypes.c_int, ctypes.c_void_p]
        library = ctypes.CDLL(None)
        self._trim = library.malloc_trim
        # Of the library that counts `malloc`, where it was loaded.
        self.leave_out_thread = getattr(library, "heapwatch_leave_out_thread", lambda: None)
        # That of the domain "raw", 0, before it is traced: `malloc` itself.
        self._raw = Allocator()
        self._get(0, self._reference(self._raw))
        if self._raw.context:
            raise RuntimeError("PYTHONMALLOC or -X dev puts an allocator of its own before malloc")
        self._pagemap = os.open("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
        self._heaps = set()

    def prepare(self, tracemalloc, gc):
        """Of the traced interpreter."""
        objects = 2
        usual = self._allocator()
        self._get(objects, self._reference(usual))
        raw = self._raw
        instead = self._allocator(usual.context, raw.malloc, raw.calloc, usual.realloc, usual.free)
        steps = [
            self._partial(self._set, objects, self._reference(instead)),
            tracemalloc._get_traces,
            self._partial(self._set, objects, self._reference(usual)),
        ]
        # So many new tuples would have the collector look through all that the program has.
        self._steps, self._gc = steps, gc

    def traces(self):
        gc = self._gc
        around = ([gc.disable], [gc.enable]) if gc.isenabled() else ([], [])
        # In one call of C, in which no other thread gets its turn.
        traces = list(map(self._call, around[0] + self._steps + around[1]))[len(around[0]) + 1]
        self._heaps.update(id(trace) // HEAP * HEAP for trace in traces[::1000])
        return traces

    def kept(self):
        """Bytes that stay resident of the heaps in which traces were, once they are freed."""
        self._trim(0)
        pages, heaps = 0, set()
        with open("/proc/self/maps") as maps:
            for line in maps:
                words = line.split()
                first, end = (int(number, 16) for number in words[0].split("-"))
                # Those of the main thread, and of files, have a name.
                for heap in self._heaps if len(words) == 5 else ():
                    if first <= heap < end:
                        heaps.add(heap)
                        length = (min(end, heap + HEAP) - heap) // PAGE
                        flags = os.pread(self._pagemap, 8 * length, 8 * (heap // PAGE))
                        # Present or swapped: the highest bits of each word.
                        pages += sum(map((64).__le__, flags[7::8]))
        self._heaps = heaps
        return pages * PAGE


if sys.implementation.name == "cpython":
    _heapwatch()
