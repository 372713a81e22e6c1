"""A list gains a dictionary at every step."""
import time

log = []
began = time.monotonic()
while True:
    while len(log) < 500 * (time.monotonic() - began):
        step = len(log)
        log.append({"t": step * 1e-3, "u": float(step), "e": step * 0.5})
    time.sleep(0.01)
