"""Animals, shapes, employees: the usual class examples."""
class Animal:
    kingdom = "animal"
    population = 0

    def __init__(self, name, sound="..."):
        self.name = name
        self.sound = sound
        Animal.population += 1

    def speak(self):
        return f"{self.name} says {self.sound}"

    def __str__(self):
        return f"{type(self).__name__} named {self.name}"

class Dog(Animal):
    def __init__(self, name):
        super().__init__(name, "woof")
        self.tricks = []

    def learn(self, trick):
        self.tricks.append(trick)
        return self

class Puppy(Dog):
    def speak(self):
        return super().speak().upper() + "!"

class Cat(Animal):
    def speak(self):
        return "purr" if self.name == "Tom" else Animal.speak(self)

for a in (Animal("it"), Dog("Rex").learn("sit").learn("roll"), Puppy("Bit"), Cat("Tom"), Cat("Kit")):
    print(a, "|", a.speak(), "|", getattr(a, "tricks", None))
print(Animal.population, Dog.population, Puppy.kingdom, isinstance(Puppy("x"), Animal), issubclass(Cat, Dog))
Dog.kingdom = "dog kingdom"
print(Animal.kingdom, Dog.kingdom, Puppy.kingdom, Cat.kingdom)

class Employee:
    raise_by = 1.05
    def __init__(self, name, pay): self.name, self.pay = name, pay
    @classmethod
    def parse(cls, text):
        name, pay = text.split("-")
        return cls(name, int(pay))
    @staticmethod
    def workday(day): return day not in ("Sat", "Sun")
    def apply_raise(self): self.pay = int(self.pay * self.raise_by); return self.pay
    def __repr__(self): return f"{self.__class__.__name__}({self.name!r}, {self.pay})"
    def __add__(self, o): return self.pay + o.pay
    def __eq__(self, o): return isinstance(o, Employee) and (self.name, self.pay) == (o.name, o.pay)
class Manager(Employee):
    raise_by = 1.10
    def __init__(self, name, pay, team=None): super().__init__(name, pay); self.team = list(team or [])
    def __contains__(self, e): return e in self.team
    def __len__(self): return len(self.team)
    def __iter__(self): return iter(self.team)
a, b = Employee("Al", 1000), Employee.parse("Bo-2000")
m = Manager("Mo", 5000, [a])
print(a, b, m, Manager.parse("Zed-9"), a + b, a.apply_raise(), m.apply_raise(), Employee.workday("Sun"), m.workday("Mon"))
print(a in m, b in m, len(m), [e.name for e in m], bool(Manager("none", 1)), a == Employee("Al", 1050), a != b, sorted([m, b, a], key=lambda e: e.pay))

class A:
    def hi(self): return ["A"]
class B(A):
    def hi(self): return ["B"] + super().hi()
class C(A):
    def hi(self): return ["C"] + super().hi()
class D(B, C):
    def hi(self): return ["D"] + super().hi()
print(D().hi(), [c.__name__ for c in D.mro()], super(B, D()).hi())

class Temperature:
    def __init__(self, c=0): self.celsius = c
    @property
    def celsius(self): return self._c
    @celsius.setter
    def celsius(self, v):
        if v < -273.15: raise ValueError(f"{v} is below absolute zero")
        self._c = v
    @property
    def fahrenheit(self): return self._c * 9 / 5 + 32
    @fahrenheit.setter
    def fahrenheit(self, f): self.celsius = (f - 32) * 5 / 9
t = Temperature(25); print(t.fahrenheit); t.fahrenheit = 212; print(t.celsius)
for bad in (lambda: Temperature(-300), lambda: setattr(t, "fahrenheit", -1000)):
    try: bad()
    except ValueError as e: print("ValueError:", e)
