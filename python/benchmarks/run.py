"""The acceptance table: how fast, as ratios within this process, what is promised besides, and the table of bits; each
with what is asked for.

    python benchmarks/run.py            # what is not installed (gymnasium[mujoco], mujoco, pytest-memray, joblib,
                                        # distributed, ray) is left out and said so
    python benchmarks/run.py --all      # types, notebooks and the time of an installation too, which take minutes
    python benchmarks/run.py zoo bits   # some of it

The package should be the release one, the program that of UPRIGHT_PROGRAM or the one that was built last.
"""

from __future__ import annotations

import argparse
import sys

import audits
import installed
import promises
import speed
import table
from table import Row

USUAL = (*speed.MEASURED, *promises.MEASURED, *audits.MEASURED, *installed.MEASURED)


def main() -> None:
    every = {measure.__name__: measure for measure in (*USUAL, *installed.SLOW)}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(every)}; all that take no minutes where none is named")
    parser.add_argument("--all", action="store_true", help="those that take minutes too")
    parser.add_argument("--json", action="store_true", help="as JSON")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.parts if name not in every]
    if unknown:
        parser.error(f"{unknown[0]}: allowed is one of {', '.join(every)}")
    wanted = [every[name] for name in arguments.parts] or list(every.values() if arguments.all else USUAL)
    rows: list[Row] = []
    left_out: list[str] = []
    for measure in wanted:
        print(f"{measure.__name__} ...", file=sys.stderr, flush=True)
        try:
            found = measure()
        except ImportError as error:
            left_out.append(f"{measure.__name__} ({error})")
            continue
        rows += found if isinstance(found, list) else [found]
    left_out += [f"{measure.__name__} (--all)" for measure in installed.SLOW if not wanted.count(measure) and not arguments.parts]
    print(table.data(rows, left_out) if arguments.json else table.text(rows, left_out))


if __name__ == "__main__":
    main()
