"""Makes lqr.csv: LQR gains of 288 sets of weights on four plants, from arithmetic of 60 digits.

    pip install mpmath
    python lqr.py > lqr.csv

A plant's linear model is made from its parameters as they are written, without rounding between; the
gains come from the stable invariant subspace of the Hamiltonian matrix. A set is written only where the
residual of the Riccati equation is below 1e-60 of its terms and every closed-loop pole is stable.
Weights are in state order (x, theta1, theta2 and their rates); an empty `integral` means none.
"""

import random
import sys

from mpmath import mp, mpf, matrix, diag, eig, norm

# The invariant subspace of nearly equal poles costs digits: 60 are left.
mp.dps = 110

# cart, (mass, length, com, inertia) of each link, gravity, viscous friction of cart and joints
PLANTS = {
    # the default plant
    "default": ("1.5", ("0.2", "0.4", "0.2", "0.0081"), ("0.15", "0.3", "0.15", "0.0034"), "9.81",
                ("0.2", "0.005", "0.004")),
    # InvertedDoublePendulum of Gymnasium
    "gymnasium": ("10.471975511965978", ("4.19873858", "0.6", "0.3", "0.15497067"),
                  ("4.19873858", "0.6", "0.3", "0.15497067"), "9.81", ("0.05", "0.05", "0.05")),
    # the double pendulum on a cart of the Modelica tutorials, without friction
    "modelica": ("1.0", ("0.35342917352885167", "0.5", "0.25", "0.0073829881728620745"),
                 ("1.3534291735288517", "0.5", "0.4347159828453857", "0.024703992461515636"), "9.81",
                 ("0", "0", "0")),
    # two uniform rods of half a metre on a cart of a kilogram, without friction
    "rods": ("1.0", ("0.5", "0.5", "0.25", "0.010416666666666666"),
             ("0.5", "0.5", "0.25", "0.010416666666666666"), "9.8", ("0", "0", "0")),
}


def linear_model(plant):
    cart, first, second, gravity, friction = plant
    m0, g = mpf(cart), mpf(gravity)
    (m1, l1, a1, i1), (m2, _, a2, i2) = ([mpf(x) for x in link] for link in (first, second))
    b0, b1, b2 = (mpf(x) for x in friction)
    h1, h2, h12 = m1 * a1 + m2 * l1, m2 * a2, m2 * l1 * a2
    mass = matrix([[m0 + m1 + m2, h1, h2],
                   [h1, i1 + m1 * a1 ** 2 + m2 * l1 ** 2, h12],
                   [h2, h12, i2 + m2 * a2 ** 2]])
    pull = matrix([[0, 0, 0], [0, h1 * g, 0], [0, 0, h2 * g]])
    drag = matrix([[b0, 0, 0], [0, b1 + b2, -b2], [0, -b2, b2]])
    inverse = mass ** -1
    a, b = matrix(6, 6), matrix(6, 1)
    stiff, damp = inverse * pull, -inverse * drag
    for i in range(3):
        a[i, 3 + i] = 1
        b[3 + i] = inverse[i, 0]
        for j in range(3):
            a[3 + i, j], a[3 + i, 3 + j] = stiff[i, j], damp[i, j]
    return a, b


def weight_sets():
    """72 sets: six weights, the force's, the integral's."""
    def of(force, integral=None, **states):
        names = ["x", "t1", "t2", "v", "w1", "w2"]
        return [states.get(name, 0.0) for name in names], force, integral

    sets = [of(10.0 ** e, x=1.0) for e in (-9, -6, -3, 0, 3, 6, 9)]
    sets += [of(1.0, x=10.0 ** e) for e in (-6, -3, 3, 6)]
    for other in ("t1", "t2", "v", "w1", "w2"):
        sets += [of(1.0, x=x, **{other: y})
                 for x, y in ((1e-6, 1e6), (1e6, 1e-6), (1.0, 1e6), (1e-6, 1.0))]
    usual = dict(x=10.0, t1=100.0, t2=100.0, v=1.0, w1=1.0, w2=1.0)
    sets += [of(10.0 ** e, **usual) for e in (-9, -7, -5, -3, -1, 1, 3, 5, 7, 9)]
    sets += [of(10.0 ** f, 10.0 ** i, **usual)
             for f, i in ((-9, 0), (-2, -6), (-2, 6), (-2, 9), (0, 3), (9, 0), (9, 6))]
    sets += [of(1.0, 1.0), of(0.01, 1e6), of(1e3, 1e-3)]
    stream = random.Random(288)
    while len(sets) < 72:
        states = [float(f"{10 ** stream.uniform(-6, 6):.3g}") for _ in range(6)]
        sets.append((states, float(f"{10 ** stream.uniform(-6, 6):.3g}"), None))
    return sets


def lqr(a, b, weights, force, integral):
    n = 6 if integral is None else 7
    wide, input_ = matrix(n, n), matrix(n, 1)
    for i in range(6):
        input_[i] = b[i]
        for j in range(6):
            wide[i, j] = a[i, j]
    # What the program reads is the nearest double of what is written.
    q = [mpf(w) for w in weights]
    if integral is not None:
        wide[6, 0] = 1
        q.append(mpf(integral))
    q, r = diag(q), mpf(force)
    g = input_ * input_.T / r
    hamiltonian = matrix(2 * n, 2 * n)
    hamiltonian[:n, :n], hamiltonian[:n, n:] = wide, -g
    hamiltonian[n:, :n], hamiltonian[n:, n:] = -q, -wide.T
    values, vectors = eig(hamiltonian)
    stable = [i for i in range(2 * n) if values[i].real < 0]
    assert len(stable) == n, values
    upper, lower = matrix(n, n), matrix(n, n)
    for k, i in enumerate(stable):
        for j in range(n):
            upper[j, k], lower[j, k] = vectors[j, i], vectors[n + j, i]
    x = (lower * upper ** -1).apply(lambda value: value.real)
    x = (x + x.T) / 2
    terms = [wide.T * x + x * wide, x * g * x, q]
    residual = norm(terms[0] - terms[1] + terms[2]) / max(norm(term) for term in terms)
    assert residual < mpf(10) ** -60, residual
    gains = input_.T * x / r
    poles, _ = eig(wide - input_ * gains)
    assert all(pole.real < 0 for pole in poles), poles
    return list(gains)


def main():
    columns = ["plant"] + [f"q{i}" for i in range(6)] + ["force", "integral"]
    print(",".join(columns + [f"k{i}" for i in range(7)]))
    for name, plant in PLANTS.items():
        a, b = linear_model(plant)
        for weights, force, integral in weight_sets():
            gains = lqr(a, b, weights, force, integral) + [mpf(0)]
            row = [name] + [repr(w) for w in weights] + [repr(force)]
            row.append("" if integral is None else repr(integral))
            print(",".join(row + [mp.nstr(k, 30) for k in gains[:7]]), flush=True)
        print(name, file=sys.stderr)


if __name__ == "__main__":
    main()
