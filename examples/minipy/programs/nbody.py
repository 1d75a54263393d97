"""nbody.py -- planets under gravity: float arithmetic and attribute access.

Integrates the sun and four outer bodies with the leapfrog scheme and prints
the total energy, which must hardly drift.

    nbody.py [STEPS]     (default 3000)
"""

import math
import sys


class Body:
    __slots__ = ("name", "mass", "x", "y", "z", "vx", "vy", "vz")

    def __init__(self, name, mass, radius, tilt):
        self.name = name
        self.mass = mass
        self.x = radius
        self.y = 0.0
        self.z = radius * tilt
        speed = math.sqrt(1000.0 / radius) if radius else 0.0
        self.vx = 0.0
        self.vy = speed
        self.vz = 0.0


def system():
    bodies = [
        Body("sun", 1000.0, 0.0, 0.0),
        Body("first", 0.9, 5.2, 0.02),
        Body("second", 0.3, 9.5, -0.04),
        Body("third", 0.05, 19.2, 0.01),
        Body("fourth", 0.04, 30.1, 0.03),
    ]
    # let the whole not drift: give the sun the opposite momentum
    sun = bodies[0]
    sun.vy = -sum(b.mass * b.vy for b in bodies[1:]) / sun.mass
    return bodies


def kick(pairs, dt):
    for a, b in pairs:
        dx = a.x - b.x
        dy = a.y - b.y
        dz = a.z - b.z
        dist2 = dx * dx + dy * dy + dz * dz
        pull = dt / (dist2 * math.sqrt(dist2))
        ma = a.mass * pull
        mb = b.mass * pull
        a.vx -= dx * mb
        a.vy -= dy * mb
        a.vz -= dz * mb
        b.vx += dx * ma
        b.vy += dy * ma
        b.vz += dz * ma


def drift(bodies, dt):
    for b in bodies:
        b.x += dt * b.vx
        b.y += dt * b.vy
        b.z += dt * b.vz


def energy(bodies, pairs):
    total = 0.0
    for b in bodies:
        total += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
    for a, b in pairs:
        dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
        total -= a.mass * b.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    return total


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    dt = 0.001
    bodies = system()
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    before = energy(bodies, pairs)
    print(f"energy before {before:.9f}")
    for _ in range(steps):
        drift(bodies, dt / 2)
        kick(pairs, dt)
        drift(bodies, dt / 2)
    after = energy(bodies, pairs)
    print(f"energy after  {after:.9f}")
    for b in bodies:
        print(f"{b.name:>7} {b.x:12.6f} {b.y:12.6f} {b.z:12.6f}")
    print("drift small:", abs((after - before) / before) < 1e-4)


main()
