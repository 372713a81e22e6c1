"""A callback keeps the record of every call in the variable that it closes over."""
import time


def logger():
    records = []

    def note(step):
        records.append("step %012d" % step)

    return note


note = logger()
began, steps = time.monotonic(), 0
while True:
    while steps < 1000 * (time.monotonic() - began):
        note(steps)
        steps += 1
    time.sleep(0.01)
