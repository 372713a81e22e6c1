"""Imported by CPython before the program's own code: counts memory by line, and writes it down now and then."""
import os
import sys


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
        import json
        import time
    except ImportError:
        return
    interval = float(os.environ.get("HEAPWATCH_SITES_INTERVAL", "0.25"))
    _tracemalloc.start(8)

    def sites():
        held = {}
        # Equal stacks are one object in this list.
        for trace in _tracemalloc._get_traces():
            key = id(trace[2])
            entry = held.get(key)
            if entry is None:
                held[key] = [trace[1], 1, trace[2]]
            else:
                entry[0] += trace[1]
                entry[1] += 1
        most = sorted(held.values(), key=lambda entry: -entry[0])[:300]
        own = __file__
        return [entry for entry in most if all(frame[0] != own for frame in entry[2])]

    def watch():
        try:
            path = os.path.join(folder, "%d-%d.python" % (os.getpid(), time.monotonic_ns()))
            with open(path, "x", encoding="utf-8", errors="backslashreplace") as file:
                while True:
                    began = time.thread_time()
                    line = json.dumps({"t": time.monotonic(), "sites": sites()})
                    file.write(line + "\n")
                    file.flush()
                    # A fiftieth of the time goes into looking, unless a short watch would see too little.
                    took = time.thread_time() - began
                    time.sleep(min(max(interval, 50 * took), 4 * interval))
        except Exception:
            # The folder is gone: the watch is over. The program must not notice.
            pass

    def begin():
        _thread.start_new_thread(watch, ())

    begin()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=begin)


if sys.implementation.name == "cpython":
    _heapwatch()
