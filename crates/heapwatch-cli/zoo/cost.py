#!/usr/bin/env python3
"""What watching does to a loop of 1 ms: prints a table.

    python3 crates/heapwatch-cli/zoo/cost.py target/release/heapwatch [PROGRAM] [BYTES...]

PROGRAM is realtime.c, or one that prints the same lines. In one run every second stretch is watched
(`heapwatch attach`, every 100 ms), the first not. As root it runs at a real-time priority.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

SIZES = ["50e6", "300e6", "2e9"]
LINE = re.compile(r"(\d+) calls, mean ([\d.]+) us, worst ([\d.]+) ms, above 1 ms: (\d+)")


def stretches(heapwatch, program, size):
    """Of each stretch: calls, mean (us), worst (ms), late calls."""
    loop = subprocess.Popen([program, size], stdout=subprocess.PIPE, text=True)
    for line in loop.stdout:
        if line.startswith("ready"):
            break
    found, watch = [], None
    for line in loop.stdout:
        if watch is not None:
            watch.wait()
            watch = None
        found.append([float(word) for word in LINE.match(line).groups()])
        if len(found) % 2 == 1:
            words = [heapwatch, "attach", "--duration", "7.5", str(loop.pid)]
            watch = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    loop.wait()
    return found


def whole(parts):
    calls = sum(part[0] for part in parts)
    mean = sum(part[0] * part[1] for part in parts) / calls
    return int(calls), mean, max(part[2] for part in parts), int(sum(part[3] for part in parts))


def main():
    heapwatch, rest = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        if rest and pathlib.Path(rest[0]).exists():
            program, rest = rest[0], rest[1:]
        else:
            program = f"{folder}/realtime"
            source = pathlib.Path(__file__).parent / "realtime.c"
            subprocess.run(["cc", "-O1", source, "-o", program], check=True)
        print("| resident | | calls | mean call | worst | above 1 ms |\n|---|---|---|---|---|---|")
        for size in rest or SIZES:
            found = stretches(heapwatch, program, size)
            means = []
            for word, parts in [("unwatched", found[::2]), ("watched", found[1::2])]:
                calls, mean, worst, late = whole(parts)
                means.append(mean)
                print(f"| {float(size) / 1e6:.0f} MB | {word} | {calls} | {mean:.1f} us | {worst:.2f} ms | {late} |", flush=True)
            print(f"{size}: {means[1] / means[0]:.3f} times; {found}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
