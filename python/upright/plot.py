"""Figures with matplotlib, which is asked for when one is drawn."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ._results import Run, need

if TYPE_CHECKING:
    from ._compare import Region
    from ._front import Front

_PANELS = (
    ("angles in rad", ("theta1", "theta2")),
    ("cart in m", ("x",)),
    ("force in N", ("u",)),
    ("sliding variable", ("sigma",)),
)


def _axes(axes: Any, count: int) -> tuple[Any, Any]:
    pyplot = need("matplotlib.pyplot", "plot")
    if axes is None:
        figure, axes = pyplot.subplots(count, 1, sharex=True, figsize=(7, 1.7 * count), layout="constrained")
    axes = np.atleast_1d(axes)
    if len(axes) != count:
        raise ValueError(f"axes: {len(axes)}; allowed are {count}")
    return axes[0].figure, axes


def runs(found: Mapping[str, Run], axes: Any = None) -> Any:
    """Draws runs over each other, a panel a signal."""
    own = axes is None
    figure, axes = _axes(axes, len(_PANELS))
    for axis, (title, columns) in zip(axes, _PANELS, strict=True):
        for index, (name, run) in enumerate(found.items()):
            for column, dashes in zip(columns, ("-", "--"), strict=False):
                # Runs are told apart by their colours, so each is named once; of one run its columns are.
                label = name if column == columns[0] else None
                label = (label if len(found) > 1 else column) if len(columns) > 1 else None
                axis.plot(run.t, run[column], dashes, color=f"C{index}", linewidth=1, label=label)
        axis.set_ylabel(title)
        axis.grid(alpha=0.3)
    if own and len(found) > 1:
        # Above the panels, where it hides nothing.
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=5, fontsize="small")
        axes[0].set_ylabel(f"{_PANELS[0][0]}\n(theta2 dashed)")
    else:
        axes[0].legend(fontsize="small", ncols=2)
    axes[-1].set_xlabel("time in s")
    return figure


def run(found: Run, axes: Any = None) -> Any:
    """Draws one run."""
    return runs({"": found}, axes)


def svg(found: Run) -> str:
    """One run as SVG, for a notebook; nothing where matplotlib is not installed or nothing was recorded."""
    try:
        # Not of pyplot, which would keep the figure.
        from matplotlib.figure import Figure
    except ImportError:
        return ""
    if not len(found.data):
        return ""
    figure = Figure(figsize=(7, 1.7 * len(_PANELS)), layout="constrained")
    run(found, figure.subplots(len(_PANELS), 1, sharex=True))
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


def region(found: Region, axes: Any = None) -> Any:
    """Draws from where each controller settles, a panel a controller."""
    pyplot = need("matplotlib.pyplot", "plot")
    count = len(found.verdicts)
    if axes is None:
        _, axes = pyplot.subplots(1, count, figsize=(2.6 * count, 2.8), layout="constrained", squeeze=False)
    axes = np.ravel(axes)
    if len(axes) != count:
        raise ValueError(f"axes: {len(axes)}; allowed are {count}")
    settled = found.words.index("settled")
    for axis, (kind, codes) in zip(axes, found.verdicts.items(), strict=True):
        axis.pcolormesh(found.x, found.y, codes == settled, cmap="Greens", vmin=0, vmax=1.5, shading="nearest")
        axis.set_title(f"{kind}: {found.area[kind]:.2f}", fontsize="small")
        axis.set_xlabel(found.axes[0][0])
    axes[0].set_ylabel(found.axes[1][0])
    return axes[0].figure


def front(found: Front, axes: Any = None) -> Any:
    """Draws the costs of a front's members, and those of the start."""
    if axes is None:
        axes = need("matplotlib.pyplot", "plot").subplots(figsize=(5, 3.5), layout="constrained")[1]
    figure, (axis,) = _axes(axes, 1)
    first, second = zip(*(member.costs for member in found), strict=True)
    axis.step(first, second, where="post", linewidth=1, alpha=0.5)
    axis.plot(first, second, "o", markersize=4, label="members")
    axis.plot(*found.start.costs, "x", color="C3", label="start")
    axis.set_xlabel(f"cost in {found.objectives[0]}")
    axis.set_ylabel(f"cost in {found.objectives[1]}")
    axis.grid(alpha=0.3)
    axis.legend(fontsize="small")
    return figure
