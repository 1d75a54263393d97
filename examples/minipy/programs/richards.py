"""richards.py -- a small operating system, simulated.

A scheduler with priorities runs tasks that pass messages to each other: a
clock that counts down, two devices, two workers that change letters, and
handlers that move packets on.  It exercises method calls, attributes,
inheritance and linked structures.

    richards.py [TICKS]     (default 3000)
"""

import sys

READY, WAITING, HELD, DONE = range(4)
NAMES = {READY: "ready", WAITING: "waiting", HELD: "held", DONE: "done"}


class Packet:
    """A link in a mailbox."""

    def __init__(self, kind, origin):
        self.kind = kind            # "work" or "device"
        self.origin = origin
        self.data = [0] * 4
        self.cursor = 0
        self.next = None


class Mailbox:
    """First in, first out, linked by hand."""

    def __init__(self):
        self.first = None
        self.last = None
        self.size = 0

    def put(self, packet):
        packet.next = None
        if self.first is None:
            self.first = packet
        else:
            self.last.next = packet
        self.last = packet
        self.size += 1

    def get(self):
        packet = self.first
        if packet is None:
            return None
        self.first = packet.next
        if self.first is None:
            self.last = None
        packet.next = None
        self.size -= 1
        return packet


class Task:
    def __init__(self, kernel, name, priority):
        self.kernel = kernel
        self.name = name
        self.priority = priority
        self.state = READY
        self.box = Mailbox()
        self.runs = 0
        kernel.add(self)

    def deliver(self, packet):
        self.box.put(packet)
        if self.state == WAITING:
            self.state = READY

    def step(self):
        self.runs += 1
        self.run()

    def run(self):
        raise NotImplementedError(self.name)


class Clock(Task):
    """Runs only when nothing else can, and lets held devices go again by
    the bits of a shift register."""

    def __init__(self, kernel, name, ticks, devices):
        super().__init__(kernel, name, 0)
        self.ticks = ticks
        self.register = 1
        self.devices = devices

    def run(self):
        if self.ticks == 0:
            self.state = DONE
            return
        self.ticks -= 1
        low = self.register & 1
        self.register >>= 1
        if low:
            self.register ^= 0xD008
        self.kernel.release(self.devices[low])
        if self.kernel.held_count > 1:
            self.kernel.release(self.devices[1 - low])


class Device(Task):
    """Takes a packet, holds until the clock releases it, and sends it back."""

    def __init__(self, kernel, name, priority):
        super().__init__(kernel, name, priority)
        self.current = None
        self.served = 0

    def run(self):
        if self.current is None:
            self.current = self.box.get()
            if self.current is None:
                self.state = WAITING
            else:
                self.kernel.hold(self)
        else:
            packet, self.current = self.current, None
            self.served += 1
            self.kernel.send(packet.origin, packet)


class Worker(Task):
    """Fills packets with letters and hands them to the handlers in turn."""

    def __init__(self, kernel, name, priority, targets):
        super().__init__(kernel, name, priority)
        self.targets = targets
        self.turn = 0
        self.letter = 0
        self.sum = 0

    def run(self):
        packet = self.box.get()
        if packet is None:
            self.state = WAITING
            return
        for i in range(len(packet.data)):
            self.letter = self.letter % 26 + 1
            packet.data[i] = self.letter
            self.sum += self.letter
        packet.cursor = 0
        self.turn = (self.turn + 1) % len(self.targets)
        self.kernel.send(self.targets[self.turn], packet)


class Handler(Task):
    """Reads a work packet letter by letter, using a device packet for each."""

    def __init__(self, kernel, name, priority, device, worker):
        super().__init__(kernel, name, priority)
        self.device = device
        self.worker = worker
        self.spare = Mailbox()
        self.work = Mailbox()
        self.read = 0

    def run(self):
        packet = self.box.get()
        while packet is not None:
            (self.work if packet.kind == "work" else self.spare).put(packet)
            packet = self.box.get()
        job = self.work.first
        if job is not None:
            if job.cursor == len(job.data):
                self.kernel.send(self.worker, self.work.get())
                return
            tool = self.spare.get()
            if tool is not None:
                tool.data[0] = job.data[job.cursor]
                job.cursor += 1
                self.read += 1
                tool.origin = self.name
                self.kernel.send(self.device, tool)
                return
        self.state = WAITING


class Kernel:
    def __init__(self):
        self.tasks = {}
        self.order = []
        self.sent = 0
        self.holds = 0
        self.held_count = 0
        self.steps = 0

    def add(self, task):
        self.tasks[task.name] = task
        self.order.append(task)
        self.order.sort(key=lambda t: -t.priority)

    def send(self, name, packet):
        self.sent += 1
        self.tasks[name].deliver(packet)

    def hold(self, task):
        task.state = HELD
        self.holds += 1
        self.held_count += 1

    def release(self, name):
        task = self.tasks[name]
        if task.state == HELD:
            task.state = READY
            self.held_count -= 1

    def pick(self):
        for task in self.order:
            if task.state == READY:
                return task
        return None

    def run(self):
        while (task := self.pick()) is not None:
            self.steps += 1
            task.step()


def build(ticks):
    kernel = Kernel()
    Clock(kernel, "clock", ticks, ["disk", "wire"])
    Worker(kernel, "worker", 10, ["handler-a", "handler-b"])
    Handler(kernel, "handler-a", 20, "disk", "worker")
    Handler(kernel, "handler-b", 21, "wire", "worker")
    Device(kernel, "disk", 40)
    Device(kernel, "wire", 41)
    for name in ("handler-a", "handler-b"):
        for _ in range(3):
            kernel.tasks[name].spare.put(Packet("device", name))
    for _ in range(4):
        kernel.send("worker", Packet("work", "worker"))
    return kernel


def main():
    ticks = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    kernel = build(ticks)
    kernel.run()
    print("ticks:", ticks)
    print("steps:", kernel.steps, "sent:", kernel.sent, "holds:", kernel.holds)
    for name in sorted(kernel.tasks):
        task = kernel.tasks[name]
        extra = {k: v for k, v in vars(task).items()
                 if k in ("served", "sum", "read", "register", "letter")}
        print(f"{name:>10} {NAMES[task.state]:>8} runs={task.runs:<7} {extra}")


main()
