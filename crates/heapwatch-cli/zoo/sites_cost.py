#!/usr/bin/env python3
"""What naming the lines costs a program that does little but allocate: prints a table.

    python3 crates/heapwatch-cli/zoo/sites_cost.py target/release/heapwatch [ROUNDS]

The program is heavy.c. In each round it runs alone, under `heapwatch exec --sites` and under heaptrack (where that
is installed), one after the other; it prints its own processor time, start included and the watching process not.
"""

import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

SAID = re.compile(r"(\d+) blocks, ([\d.]+) s")
TURNS, WORDS = "4000", "5000"


def main():
    heapwatch = str(pathlib.Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 11
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/heavy"
        source = pathlib.Path(__file__).parent / "heavy.c"
        subprocess.run(["cc", "-O1", "-g", source, "-o", program], check=True)
        alone = [program, TURNS, WORDS]
        ways = {"alone": alone, "`--sites`": [heapwatch, "exec", "--sites", "--", *alone]}
        if shutil.which("heaptrack"):
            ways["heaptrack"] = ["heaptrack", "-o", f"{folder}/trace", *alone]
        took = {way: [] for way in ways}
        for _ in range(rounds):
            for way, words in ways.items():
                done = subprocess.run(words, capture_output=True, text=True)
                blocks, seconds = SAID.search(done.stdout).groups()
                took[way].append(float(seconds))
    print(f"{int(blocks) / statistics.median(took['alone']) / 1e6:.0f} million blocks a second, {rounds} rounds\n")
    print("| | least, s | median, s | median ratio to alone | of the least |\n|---|---|---|---|---|")
    for way, seconds in took.items():
        ratio = statistics.median(a / b for a, b in zip(seconds, took["alone"]))
        least = min(seconds) / min(took["alone"])
        print(f"| {way} | {min(seconds):.3f} | {statistics.median(seconds):.3f} | {ratio:.3f} | {least:.3f} |")


if __name__ == "__main__":
    main()
