"""Running other programs: commands with their output kept, and children that live as long as a run."""

import ctypes
import json
import os
import queue
import shlex
import signal
import subprocess
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class CommandFailed(Exception):
    """A command that had to succeed did not."""


def sh(command, check=True, input=None, timeout=60):
    """Runs a command line without a shell; returns its standard output."""
    args = shlex.split(command) if isinstance(command, str) else list(command)
    done = subprocess.run(args, input=input, capture_output=True, text=True, timeout=timeout)
    if check and done.returncode != 0:
        raise CommandFailed(f"{' '.join(args)}: {done.stderr.strip()[-400:]}")
    return done.stdout


def enter_netns(name):
    """Puts this thread of this process into a namespace."""
    fd = os.open(f"/var/run/netns/{name}", os.O_RDONLY)
    try:
        if _libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {name}")
    finally:
        os.close(fd)


def _prepare(real_time):
    """Runs in the child: its own group, ended with its parent, first in line for the processor.

    Media senders and the line must not wait for whatever else the machine does: a late sender looks like jitter."""
    os.setsid()
    _libc.prctl(1, signal.SIGTERM)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    try:
        if real_time:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(real_time))
        else:
            os.setpriority(os.PRIO_PROCESS, 0, -5)
    except OSError:
        pass


class Child:
    """A program in a namespace that takes and gives lines of JSON.

    Lines that are no JSON are kept as its log. `stop` ends its whole group and nothing else."""

    def __init__(self, args, netns=None, name=None, real_time=0, env=None, log=None, on=None):
        self.name = name or os.path.basename(args[0])
        self.events = queue.Queue()
        self.handlers = [on] if on else []
        self.log = log if log is not None else []
        command = (["ip", "netns", "exec", netns] if netns else []) + [str(a) for a in args]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}, preexec_fn=lambda: _prepare(real_time))
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line.startswith("{"):
                try:
                    event = json.loads(line)
                except ValueError:
                    self.log.append(f"{self.name}: {line}")
                    continue
                self.log.append(f"{time.time():.3f} {self.name}: {line[:300]}")
                if not any(handler(event) for handler in self.handlers):
                    self.events.put(event)
            else:
                self.log.append(f"{time.time():.3f} {self.name}: {line[:300]}")
        self.events.put({"event": "ended"})

    def on(self, handler):
        """Calls the handler with every event first; if it returns true, the event is not queued."""
        self.handlers.append(handler)

    def send(self, **message):
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except (OSError, ValueError):
            pass

    def wait_for(self, event, timeout):
        """The next event of that kind (or of one of those kinds), or None if time runs out or the child ends."""
        kinds = {event} if isinstance(event, str) else set(event)
        end = time.monotonic() + timeout
        while True:
            try:
                got = self.events.get(timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                return None
            if got.get("event") in kinds:
                return got
            if got.get("event") == "ended":
                self.events.put(got)
                return None

    def alive(self):
        return self.process.poll() is None

    def send_signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def stop(self, number=signal.SIGTERM, patience=2.0):
        if self.alive():
            self.send_signal(number)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.send_signal(signal.SIGKILL)
            self.process.wait(5)
        self.send_signal(signal.SIGKILL)
        return self.process.returncode


def say(*words):
    print("lab:", *words, file=sys.stderr, flush=True)
