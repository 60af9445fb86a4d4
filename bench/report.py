#!/usr/bin/env python3
"""Makes report.md and get_mut.svg of the JSON files that ci/bench has measured.

Usage: report.py DIRECTORY. Prints the table of ratios. Needs nothing but Python's own library.
"""
import collections
import json
import pathlib
import statistics
import sys

MEANING = {
    "raw": "Suricata's C call, `SCThreadGetStorageById`",
    "raw_two_calls": "the same as Suricata compiles it: two functions, one calling the other",
    "get_mut_compile_time": "`ThreadStorage<T>::get_mut`, Suricata's headers seen",
    "get_mut_run_time": "`ThreadStorage<T>::get_mut`, place proved at run time",
    "get_mut_api": "`get_mut` with the direct path switched off",
    "get_run_time": "`get`, place proved at run time",
    "get_or_insert_with_compile_time": "`get_or_insert_with`, a hit, headers seen",
    "get_or_insert_with_run_time": "`get_or_insert_with`, a hit, place proved",
    "get_or_insert_with_api": "`get_or_insert_with`, a hit, direct path off",
    "direct": "`tv->storage[id]` by hand (breaks with another build of Suricata)",
    "pointer": "a plain pointer: the limit",
    "thread_local_global_dynamic": "`thread_local` in the .so, as compilers make it",
    "thread_local_local_dynamic": "`thread_local`, local-dynamic model",
    "thread_local_initial_exec": "`thread_local`, initial-exec model (dlopen may refuse it)",
    "pthread_getspecific": "`pthread_getspecific`",
    "tbb_ets_key_per_instance": "TBB `enumerable_thread_specific`, key per instance",
    "tbb_ets": "TBB `enumerable_thread_specific`",
    "boost_thread_specific_ptr": "`boost::thread_specific_ptr`",
    "map_behind_shared_mutex": "a map behind a shared mutex",
}


def load(path):
    if not path.exists():
        return {"context": {}, "benchmarks": []}
    return json.loads(path.read_text())


def repetitions(data):
    """Name to the processor times of its repetitions, by their number."""
    times = collections.defaultdict(dict)
    for run in data["benchmarks"]:
        if run.get("run_type") == "iteration" and not run.get("error_occurred"):
            times[run["run_name"]][run.get("repetition_index", 0)] = run["cpu_time"]
    return times


class Ratio:
    """One way by the raw call of its group: the median over repetitions, and the middle half."""

    def __init__(self, name, times, base):
        pairs = [times[i] / base[i] for i in times if i in base]
        self.way = name.rpartition("/")[2]
        self.nanoseconds = statistics.median(times.values())
        self.median = statistics.median(pairs)
        quarters = statistics.quantiles(pairs, n=4) if len(pairs) > 1 else [pairs[0]] * 3
        self.low, self.high = quarters[0], quarters[2]


def ratios_by_group(times):
    groups = collections.defaultdict(list)
    for name, own in times.items():
        group = name.rpartition("/")[0]
        base = times.get(group + "/raw")
        if base:
            groups[group].append(Ratio(name, own, base))
    for group in groups.values():
        group.sort(key=lambda ratio: ratio.median)
    return groups


def table_of(ratios):
    lines = ["| by the raw call | middle half | ns | what |", "|---:|---|---:|---|"]
    for r in ratios:
        what = MEANING.get(r.way, r.way)
        lines.append(f"| **{r.median:.2f}** | {r.low:.2f} to {r.high:.2f} | {r.nanoseconds:.2f} | {what} |")
    return lines


def svg_of(ratios, title):
    """Bars from 0, the middle half as a line, a scale that is cut where outliers would squeeze it."""
    left, width, row, top = 290, 420, 24, 56
    limit = 3.0
    height = top + row * len(ratios) + 30
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 80}" height="{height}"'
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="100%" height="100%" fill="white"/><text x="10" y="20" font-size="15">{title}</text>',
        '<text x="10" y="38" fill="#555">time by the raw C call = 1; shorter is faster; '
        "the thin line is the middle half of the repetitions</text>",
    ]
    x = lambda ratio: left + width * min(ratio, limit) / limit
    for i, r in enumerate(ratios):
        y = top + row * i
        ours = r.way.startswith("get_")
        colour = "#2a7f62" if ours else "#333" if r.way == "raw" else "#9aa5b1"
        out.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{r.way}</text>')
        out.append(f'<rect x="{left}" y="{y + 3}" width="{x(r.median) - left:.1f}" height="15" fill="{colour}"/>')
        out.append(f'<path d="M{x(r.low):.1f} {y + 10}H{x(r.high):.1f}" stroke="#c0392b" stroke-width="2"/>')
        out.append(f'<text x="{x(r.median) + 6:.1f}" y="{y + 15}">{r.median:.2f}</text>')
    out.append(f'<path d="M{x(1):.1f} {top - 4}V{height - 24}" stroke="#333" stroke-dasharray="3 3"/></svg>')
    return "\n".join(out) + "\n"


def counters(data, wanted):
    """A row for each benchmark: its name and the median of the counters that it has."""
    rows = collections.OrderedDict()
    for run in data["benchmarks"]:
        if run.get("run_type") == "iteration":
            rows.setdefault(run["run_name"], []).append(run)
    lines = ["| | " + " | ".join(wanted) + " |", "|---" + "|---:" * len(wanted) + "|"]
    for name, runs in rows.items():
        cells = []
        for counter in wanted:
            values = [run[counter] for run in runs if counter in run]
            cells.append(f"{statistics.median(values):.3g}" if values else "")
        lines.append(f"| {name.replace('|', ' ')} | " + " | ".join(cells) + " |")
    return lines if rows else ["(not measured)"]


def machine(context):
    cores = context.get("num_cpus", "?")
    mhz = context.get("mhz_per_cpu", "?")
    load_average = ", ".join(f"{n:.1f}" for n in context.get("load_avg", []))
    return (f"{cores} processors at {mhz} MHz, {context.get('date', '?')}, load average at the start "
            f"{load_average or 'unknown'}.")


def main():
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1], "get_mut.json").is_file():
        sys.exit("usage: report.py DIRECTORY, one in which ci/bench has left get_mut.json")
    directory = pathlib.Path(sys.argv[1])
    measured = load(directory / "get_mut.json")
    groups = ratios_by_group(repetitions(measured))
    names = {
        "checks_off/loop": "In a loop of the plugin's own",
        "checks_off/callback": "Called as Suricata calls a callback",
        "recording_on/loop": "In a loop, with surisim recording",
        "recording_on/callback": "As a callback, with surisim recording",
        "checks_on/loop": "In a loop, under surisim's checks",
        "checks_on/callback": "As a callback, under surisim's checks",
        "checks_off/miss_loop": "A miss: empty the slot and fill it again",
        "checks_off/flow_loop": "Flow storage, in a loop",
        "checks_off/flow_callback": "Flow storage, as a callback",
    }
    count = max((len(t) for t in repetitions(measured).values()), default=0)
    lines = [
        "# What per-thread state costs a Suricata plugin",
        "",
        "A plugin that keeps a value for each thread has to reach it on every packet. Measured here: the time to",
        "reach that value and add one to a counter in it, from a plugin that was loaded as Suricata loads one",
        "(a shared library, `dlopen`), under the simulator surisim, whose call for it has the instructions of",
        "Suricata's. **1.00 is Suricata's own C call; smaller is faster.**",
        "",
        f"On: {machine(measured.get('context', {}))}",
        "",
        f"How sure: {count} repetitions of each, in random order, so that what else the machine does hits all alike.",
        "A ratio is the median over repetitions; half of all repetitions lie in `middle half`. Where two middle",
        "halves overlap, take the two for equal. Nanoseconds are this machine's; ratios travel better.",
        "",
        "What it means for you: keep per-thread state in `ThreadStorage<T>`. Reading it costs less than the C call,",
        "and no two threads' values share a cache line. A `thread_local` looks as cheap, but what is set in a",
        "thread init callback is then the main thread's, not the worker's.",
        "",
    ]
    for group, title in names.items():
        if group in groups:
            lines += [f"## {title}", ""] + table_of(groups[group]) + [""]
    lines += ["![ratios](get_mut.svg)", "", "## Values too near to each other", "",
              "`efficiency`: what each thread gets done beside the others, by what it does alone. 1 is no loss.", ""]
    lines += counters(load(directory / "sharing.json"), ["efficiency", "efficiency_min"])
    lines += ["", "## Recording an event in surisim", "",
              "`by_rdtsc`: by one reading of the processor's time stamp. `efficiency`: each of the workers, by one alone.", ""]
    lines += counters(load(directory / "record.json"), ["event_ns", "by_rdtsc", "efficiency"])
    lines += ["", "## A thread's life in surisim", "",
              "`ratio`: wall time by bare pthreads that wait by futex, or by polling every 100 us as Suricata does.", ""]
    lines += counters(load(directory / "lifecycle.json"), ["threads", "ours_us", "floor_us", "ratio", "cpu_ratio"])
    lines += ["", "## Registering slots", ""]
    lines += counters(load(directory / "storage.json"), ["ns_per_slot"])
    (directory / "report.md").write_text("\n".join(lines) + "\n")
    if "checks_off/callback" in groups:
        (directory / "get_mut.svg").write_text(
            svg_of(groups["checks_off/callback"], "Reaching a thread's value, called as a plugin's callback"))
    for group in ("checks_off/loop", "checks_off/callback"):
        for r in groups.get(group, []):
            print(f"{group:22} {r.way:34} {r.median:6.2f}  ({r.low:.2f} to {r.high:.2f})  {r.nanoseconds:8.2f} ns")


if __name__ == "__main__":
    main()
