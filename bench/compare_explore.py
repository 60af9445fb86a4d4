#!/usr/bin/env python3
"""Compares surisim explore with plain runs, helgrind, DRD and ThreadSanitizer, on plugins whose
mistakes depend on the order of threads.

Usage: bench/compare_explore.py [--command SURISIM] [--jobs N] [--runs N] [--tool-runs N] [--only NAME]

Compiles each plugin of tests/explore/mistakes with its mistake and without it, also for
ThreadSanitizer. All runs are small: 3 workers, 20 flows. Instead of surisim
the other tools run plain_host.c, whose threads use only locks that these tools understand. Prints a table in Markdown.
Takes about 20 minutes. Needs the packages of ci/deps.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "tests/explore/mistakes"
OUTPUT = ROOT / "build/compare"
COMMAND = ROOT / "build/release/bin/surisim"
SMALL = ["--threads", "3", "--flows", "20"]
SCHEDULES = 200
LIMIT = 20  # seconds of a run; a run that takes longer hangs, and has shown the mistake


class Plugin:
    def __init__(self, source, good):
        self.source, self.good = source, good
        self.name = f"{source.stem}-{'good' if good else 'bad'}"
        text = source.read_text()
        self.invariant = re.findall(r"invariant: (\w+)", text)[:1]

    def options(self):
        return ["--invariant", *self.invariant] if self.invariant else []

    def file(self, tsan=False):
        return OUTPUT / f"{self.name}{'-tsan' if tsan else ''}.so"

    def compile(self):
        for tsan in (False, True):
            compile_c(self.source, self.file(tsan), tsan, "-shared", "-fPIC", *(["-DFIXED"] if self.good else []))


def host(tsan=False):
    return OUTPUT / f"plain_host{'-tsan' if tsan else ''}"


def compile_c(source, output, tsan, *options):
    subprocess.run(["cc", "-O2", "-g", *options, *(["-fsanitize=thread"] if tsan else []), "-I",
                    ROOT / "simulator/include", "-I", ROOT / "simulator/include/suricata", source, "-o", output],
                   check=True)


class Ran:
    """A command that has ended: status, output, and the processor time of all its processes."""

    def __init__(self, command, limit=LIMIT):
        with tempfile.TemporaryFile(mode="w+", errors="replace") as output:
            child = subprocess.Popen([str(word) for word in ("timeout", "-k", "5", limit, *command)],
                                     stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            self.text = output.read()
        self.status, self.seconds = child.returncode, used.ru_utime + used.ru_stime

    def failed(self):
        """Crashed, hung, or its invariant does not hold; not: a tool's own exit status."""
        return self.status in (1, 124, 128 + 6, 128 + 11)


def about(plugin, report, frame, kinds):
    """A tool's report that is about the plugin's code: one of its innermost two frames is there, or
    it is of a kind that is about locks, and some frame is."""
    ours = rf"\b({plugin.source.name}|plugin\.h):\d+"
    frames = [line for line in report.splitlines() if re.search(frame, line)]
    innermost = [line for i, line in enumerate(frames) if any(
        re.search(first, line) for first in (r"\bat 0x", r"#0 ")) or (i > 0 and any(
            re.search(first, frames[i - 1]) for first in (r"\bat 0x", r"#0 ")))]
    chosen = frames if re.search(kinds, report) else innermost
    return any(re.search(ours, line) for line in chosen)


def valgrind(tool):
    def run(plugin):
        ran = Ran(["valgrind", f"--tool={tool}", "--fair-sched=yes", host(), plugin.file(), *plugin.invariant])
        reports = re.split(r"^==\d+== *$", ran.text, flags=re.MULTILINE)
        hit = any(about(plugin, one, r"==\d+== +(at|by) 0x", r"lock order") for one in reports)
        return hit or ran.failed(), ran.seconds
    return run


def tsan(plugin):
    ran = Ran(["setarch", "-R", host(tsan=True), plugin.file(tsan=True), *plugin.invariant])
    reports = ran.text.split("==================")
    hit = any(about(plugin, one, r"^ +#\d+ ", r"lock-order-inversion") for one in reports)
    return hit or ran.failed(), ran.seconds


def plain(plugin):
    ran = Ran([COMMAND, "run", plugin.file(), *SMALL, "--quiet", "--quiet-plugin", "--timeout", "5",
               *plugin.options()])
    return ran.status == 1, ran.seconds


def explore(plugin):
    """The number of the schedule that has found it, or 0; seconds; schedules that were run."""
    ran = Ran([COMMAND, "explore", plugin.file(), "--schedules", SCHEDULES, "--stop-on", "first", "--fail-on",
               "warning", "--quiet-plugin", "--format", "json", *plugin.options()], limit=600)
    found = json.loads(ran.text[ran.text.index("{"):])
    numbers = [one["schedule_number"] for one in found["findings"]
               if one["violation"]["severity"] != "note"]
    return min(numbers, default=0), ran.seconds, found["schedules"]


def in_seconds(times):
    return {name: f"{statistics.median(all_of_it):.3f} s" for name, all_of_it in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000, help="plain runs of each plugin (1000)")
    parser.add_argument("--tool-runs", type=int, default=3, help="runs under each other tool (3)")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time (2)")
    parser.add_argument("--command", type=pathlib.Path, default=COMMAND, help="surisim (build/release/bin/surisim)")
    parser.add_argument("--only", help="one plugin of tests/explore/mistakes")
    arguments = parser.parse_args()
    globals()["COMMAND"] = arguments.command
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for sanitized in (False, True):
        compile_c(ROOT / "bench/plain_host.c", host(sanitized), sanitized, "-rdynamic", "-pthread")
    names = sorted(SOURCES.glob(f"{arguments.only or '*'}.c"))
    tools = [("plain runs", plain, arguments.runs), ("helgrind", valgrind("helgrind"), arguments.tool_runs),
             ("DRD", valgrind("drd"), arguments.tool_runs), ("TSan", tsan, arguments.tool_runs)]
    seconds = {name: [] for name in [tool[0] for tool in tools] + ["explore"]}
    until_found = {name: [] for name in seconds}  # for each mistake, all runs
    found, alarms = dict.fromkeys(seconds, 0), dict.fromkeys(seconds, 0)
    print("| plugin | " + " | ".join(f"{name}, of {runs}" for name, _, runs in tools) +
          f" | explore: at schedule, of {SCHEDULES} |")
    print("|---|" + "---:|" * (len(tools) + 1))
    for good in (False, True):
        for source in names:
            plugin = Plugin(source, good)
            plugin.compile()
            cells = []
            for name, run, runs in tools:
                with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
                    results = list(pool.map(run, [plugin] * runs))
                hits = sum(hit for hit, _ in results)
                seconds[name] += [spent for _, spent in results]
                if not good:
                    until_found[name].append(sum(spent for _, spent in results))
                (alarms if good else found)[name] += hits > 0
                cells.append(str(hits) if hits else "–")
            number, spent, schedules = explore(plugin)
            seconds["explore"].append(spent / max(schedules, 1))
            if not good:
                until_found["explore"].append(spent)
            (alarms if good else found)["explore"] += number > 0
            cells.append(str(number) if number else "–")
            print(f"| {source.stem}{', right' if good else ''} | " + " | ".join(cells) + " |", flush=True)
    for title, row in ((f"**found, of {len(names)}**", found), (f"**false alarms, of {len(names)}**", alarms),
                       ("processor time of a run, median", in_seconds(seconds)),
                       ("of all runs of a mistake, median", in_seconds(until_found))):
        print(f"| {title} | " + " | ".join(str(row[name]) for name in seconds) + " |")


if __name__ == "__main__":
    main()
