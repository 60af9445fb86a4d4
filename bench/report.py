#!/usr/bin/env python3
"""Makes report.md and get_mut.svg from the JSON files of ci/bench.

Usage: report.py DIRECTORY. Prints the table of ratios. Needs nothing but Python's own library.
"""
import collections
import itertools
import json
import pathlib
import re
import statistics
import sys

from report_svg import svg_of

MEANING = {
    "raw": "Suricata's C calls",
    "raw_two_calls": "the same as Suricata has it: two functions, one calling the other",
    "direct": "`tv->storage[id]` by hand (breaks with another build of Suricata)",
    "pointer": "a plain pointer: the lower bound",
    "nothing": "nothing: the call of an empty callback, or a round of the loop",
    "get_mut_rust": "`get_mut` in Rust, as Suricata's crate has it",
    "thread_local_global_dynamic": "`thread_local` in the .so, as compilers make it",
    "thread_local_local_dynamic": "`thread_local`, local-dynamic model",
    "thread_local_initial_exec": "`thread_local`, initial-exec model (dlopen may refuse it)",
    "pthread_getspecific": "`pthread_getspecific`",
    "tbb_ets_key_per_instance": "TBB `enumerable_thread_specific`, key per instance",
    "tbb_ets": "TBB `enumerable_thread_specific`",
    "boost_thread_specific_ptr": "`boost::thread_specific_ptr`",
    "map_behind_shared_mutex": "a map behind a shared mutex",
}
CALLS = ("get", "get_mut", "get_or_insert_with")
LAYOUTS = {
    "": "",
    "_compile_time": ", with Suricata's headers",
    "_run_time": ", offset proved at run time",
    "_api": ", direct path switched off",
}
MEANING |= {call + layout: f"`{call}`{words}" for call in CALLS for layout, words in LAYOUTS.items()}

# The parts of a group's name: what is accessed, what else the engine does, and how.
KINDS = {
    "": ("The thread's value", "It is there, and one is added to a counter in it."),
    "empty_": ("An empty slot of the thread", "There is no value, and that is found out."),
    "miss_": ("A miss: the thread's value is made",
              "The slot is emptied, a value made and stored, and counted in. The C way allocates 8 bytes, `ThreadStorage<T>` "
              "128 at a multiple of 128: that is what keeps threads apart, and happens once for each thread."),
    "flow_": ("The flow's value", "The same of a flow's storage, to which there is no direct path: `get_mut` is the C call."),
    "flow_empty_": ("An empty slot of the flow", "Likewise."),
    "flow_miss_": ("A miss: the flow's value is made", "Likewise."),
}
ENGINES = {
    "checks_off": "As in Suricata: checks off",
    "checks_on": "Under surisim's checks: every read goes through the call, so that rules see it. Testing, not production",
    "recording_on": "With surisim recording what happens, checks off: a read is no event, so nothing changes",
}
HOWS = {"loop": "in a loop of the plugin's own", "callback": "as Suricata calls a callback"}


def load(path):
    if not path.exists():
        return {"context": {}, "benchmarks": []}
    try:
        data = json.loads(path.read_text())
        for run in data["benchmarks"]:
            _ = run["run_name"] if run.get("error_occurred") else (run["run_name"], run["cpu_time"])
        return data
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as problem:
        sys.exit(f"report.py: {path} is not what a benchmark writes: {problem!r}")


def repetitions(data):
    """Maps each name to the processor times of its repetitions, by repetition number."""
    times = collections.defaultdict(dict)
    for run in data["benchmarks"]:
        if run.get("run_type") == "iteration" and not run.get("error_occurred"):
            times[run["run_name"]][run.get("repetition_index", 0)] = run["cpu_time"]
    return times


class Ratio:
    """Ratios of two ways, for each repetition that both have. `nothing`: the time that both include."""

    def __init__(self, name, own, base, nothing=None):
        pairs = [own[i] / base[i] for i in own if i in base] or [float("nan")]
        self.above = None
        if nothing:
            least = statistics.median(nothing.values())
            self.above = (statistics.median(own.values()) - least) / (statistics.median(base.values()) - least)
        self.way = name.rpartition("/")[2]
        self.nanoseconds = statistics.median(own.values())
        self.median = statistics.median(pairs)
        quarters = statistics.quantiles(pairs, n=4) if len(pairs) > 1 else [pairs[0]] * 3
        self.low, self.high = quarters[0], quarters[2]

    def cells(self):
        return f"**{self.median:.2f}** | {self.low:.2f} to {self.high:.2f}"


def ratios_by_group(times):
    groups = collections.defaultdict(list)
    for name, own in times.items():
        group = name.rpartition("/")[0]
        base = times.get(group + "/raw")
        if base:
            nothing = times.get(group + "/nothing") if group.endswith("callback") else None
            groups[group].append(Ratio(name, own, base, nothing))
    for group in groups.values():
        group.sort(key=lambda ratio: ratio.median)
    return groups


def table_of(columns):
    """A row for each way, in the order of the first column; `columns`: headings and ratios by way."""
    columns = {heading: {r.way: r for r in ratios} for heading, ratios in columns.items() if ratios}
    if not columns:
        return []
    heads, rules = "|", "|"
    rows = {way: "|" for way in next(iter(columns.values()))}
    for heading, ratios in columns.items():
        above = any(ratio.above is not None for ratio in ratios.values())
        heads += f" {heading} | middle half | ns |" + " above `nothing` |" * above
        rules += "---:|---|---:|" + "---:|" * above
        for way in rows:
            ratio = ratios.get(way)
            rows[way] += f" {ratio.cells()} | {ratio.nanoseconds:.2f} |" if ratio else " | | |"
            if above:
                rows[way] += f" {ratio.above:.2f} |" if ratio else " |"
    return [heads + " what |", rules + "---|"] + [f"{row} {MEANING.get(way, way)} |" for way, row in rows.items()] + [""]


def sections(groups):
    lines = []
    for kind, (title, explained) in KINDS.items():
        tables = []
        for engine, beside in ENGINES.items():
            table = table_of({words: groups.get(f"{engine}/{kind}{how}") for how, words in HOWS.items()})
            tables += [f"### {beside}", ""] + table if table else []
        if tables:
            lines += [f"## {title}", "", explained, ""] + tables
    return lines


def together(times, groups):
    """Several workers at once: each way divided by the raw call, and by itself on a single worker."""
    counts = sorted({int(found[1]) for found in (re.match(r"workers_(\d+)/", group) for group in groups) if found})
    lines = ["## Several processors at once", "",
             "So many workers at once, each on a processor of its own, each with its own value. `efficiency`: what one gets",
             "done beside the others, divided by what it does alone. 1 is no loss; a few hundredths up or down are noise.", ""]
    for workers, kind in itertools.product(counts, ("", "flow_")):
        for how, words in HOWS.items():
            group = f"workers_{workers}/{kind}{how}"
            ratios = {r.way: r for r in groups.get(group, [])}
            efficiencies = []
            for way in ratios:
                alone = times.get(f"checks_off/{kind}{how}/{way}")
                if alone:
                    efficiencies.append(Ratio(way, alone, times[f"{group}/{way}"]))
            if not efficiencies:
                continue
            lines += [f"### {workers} workers: {KINDS[kind][0][0].lower()}{KINDS[kind][0][1:]}, {words}", "",
                      "| efficiency | middle half | time divided by the C call's | middle half | what |",
                      "|---:|---|---:|---|---|"]
            lines += [f"| {e.cells()} | {ratios[e.way].cells()} | {MEANING.get(e.way, e.way)} |" for e in efficiencies]
            lines += [""]
    return lines


def words(name):
    """A benchmark's name split into its parts, some of which are name:value."""
    parts = re.sub(r"/(iterations:\d+|manual_time)", "", name).split("/")
    named = [re.sub(r"^\s*(\w+)\s*:\s*(\d+)$", r"\2 \1", part) for part in parts]
    return ", ".join(re.sub(r"[_:\s]+", " ", part).strip() for part in named)


def number(value):
    if value >= 1e5:
        return f"{value / 1e6:.3g} million"
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


HEADINGS = {
    "ours_us": "µs a thread, surisim",
    "floor_us": "µs a thread, bare",
    "ratio": "the one divided by the other",
    "cpu_ratio": "the same of processor time",
    "efficiency_min": "the lowest of three rounds",
    "event_ns": "ns an event",
    "events_per_second": "events a second, all workers",
    "by_rdtsc": "divided by reading the time stamp counter once",
    "ns_per_slot": "ns a slot",
    "callbacks_per_second": "callbacks a second",
    "packets_per_second": "packets a second",
}


def cell(values):
    """The median, and if there are several values the interquartile range."""
    if not values:
        return ""
    median = number(statistics.median(values))
    if len(values) < 4 or len(set(values)) == 1:
        return median
    low, _, high = statistics.quantiles(values, n=4)
    return f"{median} ({number(low)} to {number(high)})"


def counters(data, wanted):
    """A row for each benchmark with any of the counters: its name and the counters' medians."""
    rows = collections.OrderedDict()
    in_order = sorted(data["benchmarks"],
                      key=lambda run: (run.get("family_index", 0), run.get("per_family_instance_index", 0)))
    for run in in_order:
        if run.get("run_type") == "iteration" and any(counter in run for counter in wanted):
            rows.setdefault(run["run_name"], []).append(run)
    lines = ["| | repetitions | " + " | ".join(HEADINGS.get(counter, counter) for counter in wanted) + " |",
             "|---|---:" + "|---:" * len(wanted) + "|"]
    for name, runs in rows.items():
        cells = [cell([run[counter] for run in runs if counter in run]) for counter in wanted]
        lines.append(f"| {words(name)} | {len(runs)} | " + " | ".join(cells) + " |")
    return lines if rows else ["(not measured)"]


def machine(context):
    """The machine and build, as recorded by ci/bench and the benchmark library."""
    load_average = ", ".join(f"{n:.1f}" for n in context.get("load_avg", []))
    facts = [
        ("processor", f"{context.get('processor', 'unknown')}, {context.get('num_cpus', '?')} of them; its time stamp "
                      f"counter: {context.get('mhz_per_cpu', '?')} MHz"),
        ("kernel", context.get("kernel")),
        ("compiler", context.get("compiler")),
        ("surisim", context.get("commit")),
        ("when", f"{context.get('date', '?')}, load average at the start {load_average or 'unknown'}"),
    ]
    return [f"- {name}: {fact}" for name, fact in facts if fact]


def main():
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1], "get_mut.json").is_file():
        sys.exit("usage: report.py DIRECTORY, one in which ci/bench has left get_mut.json")
    directory = pathlib.Path(sys.argv[1])
    measured = load(directory / "get_mut.json")
    times = repetitions(measured)
    groups = ratios_by_group(times)
    count = max((len(t) for t in times.values()), default=0)
    without = sorted({name.rpartition("/")[0] for name in times} - set(groups))
    lines = [
        "# What per-thread state costs a Suricata plugin",
        "",
        "A plugin that keeps a value for each thread has to reach it on every packet. Measured here: the time to",
        "reach that value and add one to a counter in it, from a plugin that was loaded as Suricata loads one",
        "(a shared library, `dlopen`), under the simulator surisim. **1.00 is Suricata's C call; smaller is faster.**",
        "It is surisim's one function; Suricata's own takes a little more, being two, one calling the other: that has a",
        "line too.",
        "",
        "What it means for you: keep per-thread state in `ThreadStorage<T>`. Reading a value that is there costs less than",
        "the C call, and no two threads' values share a cache line. Making a value costs more, once for each thread; a",
        "flow's value costs what the C call costs. A `thread_local` of your own is no better: fast only in a model with",
        "which `dlopen` may refuse the plugin, and what a thread init callback sets in it is the main thread's.",
        "",
        "Measured on:",
        "",
        *machine(measured.get("context", {})),
        "",
        f"How sure: {count} repetitions of each, in random order, so that what else the machine does hits all alike.",
        "A ratio is the median over repetitions; half of all repetitions lie in `middle half`. Where two middle",
        "halves overlap, take the two for equal; hundredths are noise in any case. Nanoseconds are this machine's;",
        "ratios travel better.",
        "",
        "Calling a callback takes time whatever it does, and that is in every line: the line `nothing` is a callback",
        "that does nothing. `above nothing` compares what is on top of it, again with the C call as 1.",
        "",
    ]
    if without:
        lines += [f"Without a table, as the C call was not measured there: {', '.join(without)}.", ""]
    both = [(words, groups[f"checks_off/{how}"]) for how, words in HOWS.items() if f"checks_off/{how}" in groups]
    if both:
        lines += ["![ratios](get_mut.svg)", ""]
        (directory / "get_mut.svg").write_text(svg_of(both, MEANING))
    lines += sections(groups) + together(times, groups)
    lines += ["## Values too near to each other", "",
              "Two threads, each counting in a value of its own; where the values lie makes the difference. `efficiency`:",
              "what each thread gets done beside the other, divided by what it does alone. 1 is no loss.",
              "Packed on one cache line they take it from each other with every write: keep values of different threads a",
              "pair of lines apart, as `ThreadStorage<T>` does whatever `T`, allocator and order of creation are.", ""]
    lines += counters(load(directory / "sharing.json"), ["efficiency", "efficiency_min"])
    lines += ["", "## Recording an event in surisim", "",
              "A worker stores a value again and again, which is an event each time; without recording the same is done, and",
              "the difference is the event. `efficiency`: what each worker gets recorded beside the others, divided by one",
              "alone: recorders do not wait for each other. So recording hides no race by its cost.", ""]
    lines += counters(load(directory / "record.json"), ["event_ns", "by_rdtsc", "events_per_second", "efficiency"])
    lines += ["", "## A thread's life in surisim", "",
              "Created, started, stopped, joined and its values freed, in Suricata's order: what a unit test of a plugin pays",
              "for each thread. Beside it bare pthreads that do the same storage work, and wait by futex; or (`by polling`)",
              "with a look every 100 µs, as Suricata does. With 4,096 threads that takes many minutes, and is not done.", ""]
    lines += counters(load(directory / "lifecycle.json"), ["threads", "ours_us", "floor_us", "ratio", "cpu_ratio"])
    lines += ["", "## Registering slots", "",
              "What one registration costs where there are 10 to 10,000: by the C function alone, or in a plugin's Init under",
              "surisim's checks. The same for each is what to look for. Names are strings apart from each other, or literals",
              "side by side.", ""]
    storage = load(directory / "storage.json")
    lines += counters(storage, ["ns_per_slot"])
    lines += ["", "## Traffic through a plugin's flow callbacks", "",
              "`drive`: flows made by surisim, through the sample plugin, with 1 to 8 workers. `run`: packets of a capture in",
              "memory, with so many flows in flight at the same time. Speed of surisim, not of Suricata.", ""]
    lines += counters(storage, ["callbacks_per_second"])
    lines += [""] + counters(load(directory / "pcap.json"), ["packets_per_second"])
    (directory / "report.md").write_text("\n".join(lines) + "\n")
    for group in ("checks_off/loop", "checks_off/callback"):
        for r in groups.get(group, []):
            print(f"{group:22} {r.way:34} {r.median:6.2f}  ({r.low:.2f} to {r.high:.2f})  {r.nanoseconds:8.2f} ns")


if __name__ == "__main__":
    main()
