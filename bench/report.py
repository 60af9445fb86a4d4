#!/usr/bin/env python3
"""Makes report.md and get_mut.svg from the JSON files of ci/bench.

Usage: report.py DIRECTORY. Prints the table of ratios. Needs only Python's standard library.
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
    "raw_two_calls": "the same as in Suricata: two functions, one calling the other",
    "direct": "`tv->storage[id]` by hand (breaks with a different build of Suricata)",
    "pointer": "a plain pointer: the lower bound",
    "nothing": "nothing: an empty callback, or an empty loop",
    "get_mut_rust": "`get_mut` in Rust, as in Suricata's crate",
    "thread_local_global_dynamic": "`thread_local` in the .so, default model",
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
    "": ("The thread's value", "The value exists, and a counter in it is incremented."),
    "empty_": ("An empty slot of the thread", "There is no value."),
    "miss_": ("A miss: the thread's value is created",
              "The slot is emptied, a value is created, stored and incremented. The C way allocates 8 bytes, `ThreadStorage<T>` "
              "128 at a multiple of 128, which prevents false sharing; this happens once for each thread."),
    "flow_": ("The flow's value", "The same for a flow's storage, which has no direct path: `get_mut` is the C call."),
    "flow_empty_": ("An empty slot of the flow", "Likewise."),
    "flow_miss_": ("A miss: the flow's value is created", "Likewise."),
}
ENGINES = {
    "checks_off": "As in Suricata: checks off",
    "checks_on": "With surisim's checks: every read uses the call, so that rules see it. For testing, not for production",
    "recording_on": "With surisim's recording, checks off: reads are not events, so nothing changes",
}
HOWS = {"loop": "in a loop in the plugin", "callback": "in a callback"}


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
        for engine, explained_engine in ENGINES.items():
            table = table_of({words: groups.get(f"{engine}/{kind}{how}") for how, words in HOWS.items()})
            tables += [f"### {explained_engine}", ""] + table if table else []
        if tables:
            lines += [f"## {title}", "", explained, ""] + tables
    return lines


def together(times, groups):
    """Several workers at once: each way divided by the raw call, and by itself on a single worker."""
    counts = sorted({int(found[1]) for found in (re.match(r"workers_(\d+)/", group) for group in groups) if found})
    lines = ["## Several processors at once", "",
             "That many workers at once, each on its own processor, each with its own value. `efficiency`: the throughput of",
             "one of them, divided by that of one alone. 1 is no loss; differences of a few hundredths are noise.", ""]
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
    "test_us": "µs",
    "limit_us": "at most",
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
        sys.exit("usage: report.py DIRECTORY, which must contain the get_mut.json of ci/bench")
    directory = pathlib.Path(sys.argv[1])
    measured = load(directory / "get_mut.json")
    times = repetitions(measured)
    groups = ratios_by_group(times)
    count = max((len(t) for t in times.values()), default=0)
    without = sorted({name.rpartition("/")[0] for name in times} - set(groups))
    lines = [
        "# The cost of per-thread state in a Suricata plugin",
        "",
        "A plugin with a value on each thread must get it for every packet. This report has the time to get that value",
        "and increment a counter in it, in a plugin that was loaded like Suricata's plugins (a shared library,",
        "`dlopen`), in the simulator surisim. **1.00 is Suricata's C call; smaller is faster.** In surisim that is one",
        "function; Suricata has two, one calling the other, which takes a little longer and has a row of its own.",
        "",
        "Conclusion: keep per-thread state in `ThreadStorage<T>`. Reading an existing value costs less than the C call,",
        "and no two threads' values share a cache line. Creating a value costs more, once for each thread; access to a",
        "flow's value costs the same as the C call. A `thread_local` is not better: it is fast only in a model with",
        "which `dlopen` may refuse the plugin, and a thread init callback sets the main thread's.",
        "",
        "Measured on:",
        "",
        *machine(measured.get("context", {})),
        "",
        f"Precision: {count} repetitions of each, in random order, so that other load on the machine affects all equally.",
        "A ratio is the median of the repetitions; half of them lie in `middle half`. If two middle halves overlap,",
        "treat the two as equal; hundredths are noise in any case. Nanoseconds depend on the machine, ratios less so.",
        "",
        "The call of a callback takes time, which is included in every row: the row `nothing` is an empty callback.",
        "`above nothing` compares the rest of the time, again with the C call as 1.",
        "",
    ]
    if without:
        lines += [f"Without a table, as the C call was not measured there: {', '.join(without)}.", ""]
    both = [(words, groups[f"checks_off/{how}"]) for how, words in HOWS.items() if f"checks_off/{how}" in groups]
    if both:
        lines += ["![ratios](get_mut.svg)", ""]
        (directory / "get_mut.svg").write_text(svg_of(both, MEANING))
    lines += sections(groups) + together(times, groups)
    lines += ["## False sharing", "",
              "Two threads, each incrementing its own value; only the placement of the values differs. `efficiency`: the",
              "throughput of each thread, divided by that of one alone. 1 is no loss. If the values are on one cache line, every",
              "write takes it from the other thread: keep values of different threads a pair of lines apart, as",
              "`ThreadStorage<T>` does for any `T`, allocator and order of creation.", ""]
    lines += counters(load(directory / "sharing.json"), ["efficiency", "efficiency_min"])
    lines += ["", "## Recording an event in surisim", "",
              "A worker stores a value repeatedly, which is one event each time, with and without recording; the difference",
              "is the cost of the event. `efficiency`: the events recorded by each worker, divided by those of one alone.",
              "Recorders do not wait for each other, so recording does not hide races.", ""]
    lines += counters(load(directory / "record.json"), ["event_ns", "by_rdtsc", "events_per_second", "efficiency"])
    lines += ["", "## The lifecycle of a thread in surisim", "",
              "A thread is created, started, stopped and joined and its values freed, in Suricata's order: the cost per thread in",
              "a plugin's unit test. Compared with bare pthreads that do the same storage work and wait on a futex, or (`by",
              "polling`) poll every 100 µs, as in Suricata. With 4,096 threads polling takes many minutes and is left out.", ""]
    lines += counters(load(directory / "lifecycle.json"), ["threads", "ours_us", "floor_us", "ratio", "cpu_ratio"])
    lines += ["", "## A plugin's unit test", "",
              "A lifecycle by hand with two workers and one packet, and callbacks alone, with checks on, beside a GoogleTest",
              "with an empty body. `test of one callback` loads the plugin, as each test does.", ""]
    lines += counters(load(directory / "unit_test.json"), ["test_us", "limit_us"])
    lines += ["", "## A schedule of surisim explore", "",
              "The same lifecycle with 3 workers and 20 flows as the kernel runs it, under control, and with the plugin's code",
              "watched for data races, each many times in one process.", ""]
    lines += counters(load(directory / "explore.json"), ["items_per_second"])
    lines += ["", "## Registering slots", "",
              "The cost of one of 10 to 10,000 registrations: of the C function alone, or in a plugin's Init with surisim's",
              "checks. It should be the same for each number. Names are separate strings, or contiguous literals.", ""]
    storage = load(directory / "storage.json")
    lines += counters(storage, ["ns_per_slot"])
    lines += ["", "## Traffic through a plugin's flow callbacks", "",
              "`drive`: flows generated by surisim, with the sample plugin and 1 to 8 workers. `run`: packets of a capture in",
              "memory, with that many open flows. This is the speed of surisim, not of Suricata.", ""]
    lines += counters(storage, ["callbacks_per_second"])
    lines += [""] + counters(load(directory / "pcap.json"), ["packets_per_second"])
    (directory / "report.md").write_text("\n".join(lines) + "\n")
    for group in ("checks_off/loop", "checks_off/callback"):
        for r in groups.get(group, []):
            print(f"{group:22} {r.way:34} {r.median:6.2f}  ({r.low:.2f} to {r.high:.2f})  {r.nanoseconds:8.2f} ns")


if __name__ == "__main__":
    main()
