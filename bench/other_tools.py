#!/usr/bin/env python3
"""What other tools find, without surisim's rules, in the plugins that break these rules.

Usage: bench/other_tools.py [--jobs N]

Builds the twins of fixtures/plugins/rules and the corpus of tests/rules three times: plain, with
ASan and UBSan, with TSan. Runs each plugin, bad and good, in the same runtime: alone, under
valgrind, and with each sanitizer, checks off; then with surisim's rules. Prints a table in Markdown.
Takes about 40 minutes on 2 processors. Needs the packages of ci/deps.
"""
import argparse
import collections
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = (ROOT / "fixtures/plugins/rules", ROOT / "tests/rules/corpus")

# Patterns of findings in the tools' output.
SANITIZER = re.compile(r"(Address|Leak|Thread)Sanitizer|runtime error:")
VALGRIND = re.compile(r"^==\d+== ", re.MULTILINE)
VALGRIND_COMMAND = ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite",
                    "--errors-for-leak-kinds=definite"]


class Tool:
    """One way to run a plugin: the build, the command, and what counts as a finding."""

    def __init__(self, name, build, before=(), options=("--no-checks", "--no-record"), found=None):
        self.name, self.build, self.before, self.options, self.found = name, build, before, options, found

    def finds(self, plugin):
        command = [*self.before, str(ROOT / self.build / "bin/surisim"), "run", plugin.file(self.build),
                   *plugin.options, *self.options]
        with tempfile.TemporaryFile(mode="w+", errors="replace") as output:
            try:
                status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output,
                                        stderr=subprocess.STDOUT, timeout=90).returncode
            except subprocess.TimeoutExpired:
                status = -1
            output.seek(0)
            text = output.read()
        return self.found(plugin, status, text)


def says(pattern):
    return lambda plugin, status, text: pattern.search(text) is not None


def ends_badly(plugin, status, text):
    return status != 0


def names_the_rule(plugin, status, text):
    expected = r"(error|warning) " if plugin.good else rf"(error|warning|note) +{plugin.rule}\b"
    return re.search("^" + expected, text, re.MULTILINE) is not None


IN_PROCESS = ("--no-checks", "--no-record", "--in-process")
TOOLS = [
    Tool("runtime alone", "build/tools-plain", found=ends_badly),
    Tool("ASan, LSan, UBSan", "build/tools-asan", options=IN_PROCESS, found=says(SANITIZER)),
    Tool("TSan", "build/tools-tsan", before=("setarch", "-R"), options=IN_PROCESS, found=says(SANITIZER)),
    Tool("valgrind", "build/tools-plain", before=VALGRIND_COMMAND, options=IN_PROCESS, found=says(VALGRIND)),
    Tool("surisim's rules", "build/tools-plain", options=("--fail-on", "note"), found=names_the_rule),
]


# Options of each run, unless a source has its own. Few flows, and records for EVE callbacks.
OPTIONS = {"--flows": "300", "--threads": "2", "--eve": "/dev/null", "--timeout": "10"}


class Plugin:
    def __init__(self, source, rules):
        twin = source.stem in ("bad", "good")
        self.name = source.parent.name if twin else source.stem
        self.good = "good" in (source.stem, source.parent.name)
        self.rule = None if self.good else next(
            (rule for rule in sorted(rules, key=len, reverse=True)
             if self.name == rule or self.name.startswith(rule + "-")), self.name)
        self.path = (f"plugins/rules/{self.name}-{source.stem}.so" if twin
                     else f"tests/rules-corpus/{source.parent.name}/{self.name}.so")
        wanted = re.search(r"options:((?:\s+[-\w]+)+)", source.read_text())
        self.options = wanted.group(1).split() if wanted else []
        for name, value in OPTIONS.items():
            if name not in self.options:
                self.options += [name, value]

    def file(self, build):
        return str(ROOT / build / self.path)


def plugins():
    rules = [directory.name for directory in SOURCES[0].iterdir() if directory.is_dir()]
    found = [source for root in SOURCES for source in root.rglob("*.c*")]
    return sorted((Plugin(source, rules) for source in found if source.suffix in (".c", ".cpp")),
                  key=lambda plugin: plugin.path)


def build():
    targets = ["surisim_cli", "surisim_twins", "surisim_rules_corpus"]
    for preset, directory, sanitize in (("release", "build/tools-plain", ""),
                                        ("asan", "build/tools-asan", "address,undefined"),
                                        ("tsan", "build/tools-tsan", "thread")):
        subprocess.run(["cmake", "--preset", preset, "-B", directory, "--log-level=WARNING",
                        f"-DSURISIM_RULE_SANITIZE={sanitize}"], cwd=ROOT, check=True, stdout=sys.stderr)
        subprocess.run(["cmake", "--build", directory, "--target", *targets], cwd=ROOT, check=True,
                       stdout=sys.stderr)


def table(found, all_plugins):
    """A row for each rule: the number of its plugins in which each tool found something."""
    yield "| rule | plugins | " + " | ".join(tool.name for tool in TOOLS) + " |"
    yield "|---|" + "---:|" * (len(TOOLS) + 1)
    groups = collections.OrderedDict()
    for plugin in all_plugins:
        groups.setdefault(plugin.rule, []).append(plugin)
    good = groups.pop(None)
    bad = [plugin for group in groups.values() for plugin in group]
    rows = [(f"`{rule}`", groups[rule]) for rule in sorted(groups)]
    for name, group in [*rows, ("**all mistakes**", bad), ("well-behaved plugins", good)]:
        cells = [str(sum((tool.name, plugin.path) in found for plugin in group)) for tool in TOOLS]
        yield f"| {name} | {len(group)} | " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2, help="plugins at a time (2)")
    jobs = parser.parse_args().jobs
    build()
    runs = [(tool, plugin) for tool in TOOLS for plugin in plugins()]
    found = set()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for (tool, plugin), hit in zip(runs, pool.map(lambda run: run[0].finds(run[1]), runs)):
            print(f"{tool.name:22} {'found' if hit else '-':6} {plugin.path}", file=sys.stderr)
            if hit:
                found.add((tool.name, plugin.path))
    print("\n".join(table(found, plugins())))


if __name__ == "__main__":
    main()
