"""Programs in Python whose truth is known: `zoo.py NAME SECONDS`. The line that leaks is marked."""

import asyncio
import collections
import functools
import gc
import sys
import time

BEGAN = time.monotonic()
SECONDS = float(sys.argv[2])


def kept(thing):
    """What is still there when the program ends, as in a service that is stopped."""
    sys.modules[f"kept {id(thing)}"] = thing
    return thing


def steps(a_second):
    """Numbers of steps, so many a second, until the time is over."""
    step = 0
    while time.monotonic() - BEGAN < SECONDS:
        while step < a_second * (time.monotonic() - BEGAN):
            yield step
            step += 1
        time.sleep(0.01)


def dictionaries():
    """A telemetry list: a dictionary a step."""
    log = kept([])
    for step in steps(500):
        log.append({"t": step * 1e-3, "u": float(step), "e": step * 0.5})  # leaks: dictionaries


class Controller:
    """Appends to a history that nobody bounds."""

    def __init__(self):
        self.history = []

    def control(self, step):
        self.history.append((step, step * 0.1, step * 0.2, bytes(40)))  # leaks: history


def history():
    controller = kept(Controller())
    for step in steps(500):
        controller.control(step)


def recorder():
    """A closure that keeps a record of all it was called with."""
    record = []

    def on_step(step):
        record.append(bytearray(100 + step % 2))  # leaks: closure

    return on_step


def closure():
    on_step = kept(recorder())
    for step in steps(500):
        on_step(step)


class Linked:
    """Refers to itself."""

    def __init__(self):
        self.body = bytearray(900)  # leaks: cycles_kept
        self.own = self


def cycles_kept():
    gc.disable()
    for _ in steps(100):
        Linked()


def cycles_collected():
    for _ in steps(1000):
        Linked()


@kept
@functools.lru_cache(maxsize=None)
def remembered(step):
    return bytes(900 + step % 2)  # leaks: unbounded_cache


def unbounded_cache():
    for step in steps(100):
        remembered(step)


@kept
@functools.lru_cache(maxsize=500)
def remembered_for_long(step):
    return bytes(900 + step % 2)


def bounded_cache():
    for step in steps(500):
        remembered_for_long(step)


def listeners():
    """Callbacks are registered and never taken away."""
    registered = kept([])
    for step in steps(200):
        registered.append(functools.partial(print, bytes(400), step))  # leaks: listeners


def sessions():
    """A map by session, whose sessions never end."""
    open_sessions = kept({})
    for step in steps(200):
        open_sessions[f"session-{step}"] = bytes(500 + step % 2)  # leaks: sessions


def fails(step):
    body = bytes(900 + step % 2)  # leaks: tracebacks
    raise ValueError(len(body))


def tracebacks():
    """Errors are kept, and with each the variables of where it was raised."""
    errors = kept([])
    for step in steps(100):
        try:
            fails(step)
        except ValueError as error:
            errors.append(error)


def tasks():
    """Tasks that wait for what never comes."""
    waiting = kept(set())

    async def handle(never, request):
        await never.wait()
        return request

    async def serve():
        never, step = asyncio.Event(), 0
        while time.monotonic() - BEGAN < SECONDS:
            while step < 100 * (time.monotonic() - BEGAN):
                waiting.add(asyncio.create_task(handle(never, bytes(900 + step % 2))))  # leaks: tasks
                step += 1
            await asyncio.sleep(0.01)

    kept(asyncio.new_event_loop()).run_until_complete(serve())


def bounded_history():
    last = kept(collections.deque(maxlen=1000))
    for step in steps(500):
        last.append({"t": step * 1e-3, "u": float(step)})


def texts():
    """Much is made and dropped."""
    for step in steps(200):
        "".join(str(number) for number in range(step % 500))


def imports():
    """A start that costs something once."""
    import decimal, email.message, http.client, json, sqlite3, unittest, xml.dom.minidom  # noqa

    table = kept([bytes(100) for _ in range(50_000)])
    for _ in steps(10):
        table[0] = bytes(100)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
