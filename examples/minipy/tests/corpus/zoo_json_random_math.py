"""json, random, math."""
import json, math, random
doc = {"name": "Ada", "n": [1, 2.5, -3, 1e20, 1e-7], "t": True, "f": False, "z": None, "nest": {"a": {"b": []}}, "u": "é\n\"\\/\t", "e": {}}
s = json.dumps(doc); print(s); print(json.loads(s) == doc)
print(json.dumps(doc, indent=2)); print(json.dumps({"b": 1, "a": [1, {"c": 2}]}, sort_keys=True, indent=4)); print(json.dumps([1, 2, {"x": 1}], separators=(",", ":")), json.dumps("é", ensure_ascii=False), json.dumps((1, 2)), json.dumps({1: "a", None: 2, True: 3, 1.5: 4}), json.dumps([]), json.dumps({}, indent=2), json.dumps([[], {}], indent=1), json.dumps(float("inf")), json.dumps("😀"))
print(json.loads(' [1, 2.0, "a\\u00e9\\n", true, false, null, -0.5e3, {"k": [ ]}] '), json.loads("5"), json.loads('"\\ud83d\\ude00"'), type(json.loads("1.0")).__name__, json.loads('{"a":1,"a":2}'))
for bad in ("", "{", "[1,]", "{'a':1}", '{"a" 1}', "nul", "[1 2]", '"abc', "1 2", '{"a":}'):
    try: json.loads(bad)
    except json.JSONDecodeError as e: print(repr(bad), "|", e, isinstance(e, ValueError))
class Obj: pass
try: json.dumps(Obj())
except TypeError as e: print(e)
try: json.dumps({(1, 2): 3})
except TypeError as e: print(e)
print(json.dumps({"s": {3, 1}}, default=lambda o: sorted(o)))
random.seed(42); print([random.random() for _ in range(3)]); print([random.randint(1, 6) for _ in range(12)], random.uniform(1, 10), random.choice("abcdef"), random.randrange(0, 100, 5), random.randrange(7))
x = list(range(10)); random.shuffle(x); print(x, random.sample(range(100), 5), random.sample("abcdef", 3), random.choices([1, 2, 3], k=6), random.choices("ab", weights=[9, 1], k=8), random.gauss(0, 1), random.getrandbits(16), random.getrandbits(70))
r = random.Random(7); a = [r.random() for _ in range(2)]; r2 = random.Random(7); print(a == [r2.random() for _ in range(2)], a, r.randint(0, 10 ** 30), r.expovariate(1.5), r.triangular(0, 1), r.normalvariate(5, 2), r.betavariate(1, 2) > 0)
st = random.getstate(); v = random.random(); random.setstate(st); print(v == random.random()); random.seed("text"); print(random.random()); random.seed(10 ** 30); print(random.random()); random.seed(-5); print(random.random())
try: random.choice([])
except IndexError as e: print(e)
try: random.randint(5, 1)
except ValueError as e: print(str(e)[:11])
print(math.pi, math.e, math.tau, math.inf, math.nan, math.floor(-2.5), math.ceil(-2.5), math.trunc(-2.7), math.sqrt(2), math.isqrt(10 ** 20 + 1), math.gcd(12, 18), math.gcd(), math.gcd(0, 5), math.lcm(4, 6), math.factorial(20), math.comb(10, 3), math.perm(5, 2), math.prod([1, 2, 3, 4]), math.prod([]))
print(math.sin(1), math.cos(1), math.tan(1), math.atan2(1, -1), math.asin(1), math.acos(0), math.atan(1), math.sinh(1), math.cosh(1), math.tanh(1), math.degrees(math.pi), math.radians(180), math.hypot(3, 4), math.dist((0, 0), (3, 4)))
print(math.log(10), math.log(8, 2), math.log2(8), math.log10(1000), math.exp(1), math.expm1(1e-5), math.log1p(1e-5), math.pow(2, 10), math.fabs(-3), math.fmod(-7, 3), math.modf(3.25), math.frexp(8.0), math.ldexp(0.5, 4), math.copysign(3, -0.0), math.isclose(0.1 + 0.2, 0.3), math.isnan(math.nan), math.isinf(-math.inf), math.isfinite(1), math.fsum([0.1] * 10), math.log(10 ** 400), math.remainder(7, 4), round(math.cbrt(27), 9))
for fn in (lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.log(-1), lambda: math.factorial(-1), lambda: math.factorial(1.5), lambda: math.acos(2), lambda: math.exp(1000), lambda: math.pow(0, -1), lambda: math.isqrt(-1), lambda: math.floor("a"), lambda: math.sqrt("a"), lambda: math.gcd(1.5, 2), lambda: math.ceil(math.inf), lambda: math.fmod(1, 0)):
    try: print(fn())
    except Exception as e: print(type(e).__name__, e)
