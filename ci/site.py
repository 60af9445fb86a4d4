"""Prepares the pages for mkdocs, and checks the site that it made; for ci/site.

site.py pages DOCS TO   copies the pages, and sources outside DOCS that they link to, as text.
site.py check SITE      fails if a link is broken, a page is not in the navigation, a picture is not XML, or a page loads anything from a network.
"""
import pathlib
import re
import shutil
import sys
import urllib.parse
import xml.etree.ElementTree
from html.parser import HTMLParser

FENCE = re.compile(r"^\s*```")
LINK = re.compile(r"\[([^\]]*)\]\((\.\./[^)#]+)(#[^)]*)?\)")


def pages(docs, to):
    root = docs.resolve().parent
    to.mkdir(parents=True)

    def elsewhere(match):
        text, target = match.group(1), match.group(2)
        source = (docs / target).resolve()
        if not source.exists():
            sys.exit(f"ci/site: {target}: there is no such file")
        if source.is_dir():  # a site has no directory listings
            return f"{text} (`{source.relative_to(root)}`)"
        copy = pathlib.Path("sources") / (str(source.relative_to(root)) + ".txt")
        (to / copy).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, to / copy)
        return f"[{text}]({copy})"

    for page in sorted(docs.glob("*.md")):
        lines, in_fence, before = [], False, ""
        for line in page.read_text().splitlines():
            if FENCE.match(line):
                in_fence = not in_fence
            elif not in_fence:
                line = LINK.sub(elsewhere, line)
                # Python's Markdown requires an empty line before a list.
                starts = re.match(r"([-*]|1\.) ", line)
                if starts and before.strip() and not re.match(r"\s*([-*]|\d+\.) |\s", before):
                    lines.append("")
            lines.append(line)
            before = line
        name = "index.md" if page.name == "start.md" else page.name
        (to / name).write_text("\n".join(lines).replace("(start.md", "(index.md") + "\n")
    for picture in docs.glob("*.svg"):
        shutil.copy(picture, to)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if values.get("id"):
            self.ids.add(values["id"])
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        loaded = values.get("src") or (tag == "link" and values.get("href"))
        if loaded:
            self.loads.append(loaded)


def check(site):
    files = {path.resolve(): Page(path.read_text()) for path in site.rglob("*.html")}
    wrong, links = [], 0
    for path, page in files.items():
        if path.name == "404.html":  # its links are relative to the server's root
            continue
        for target in page.links + page.loads:
            parts = urllib.parse.urlsplit(target)
            if parts.scheme or parts.netloc:
                if target in page.loads and parts.scheme != "data":
                    wrong.append(f"{path.name} loads {target}")
                continue
            links += 1
            to = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            anchor = urllib.parse.unquote(parts.fragment)
            if not to.exists() or (to.is_dir() and not (to / "index.html").exists()):
                wrong.append(f"{path.name}: {target} leads nowhere")
            elif anchor and to in files and anchor not in files[to].ids and anchor != "__skip":
                wrong.append(f"{path.name}: {target}: there is no such place on the page")
    not_found = (site / "404.html").resolve()  # links only to the pages in the navigation
    shown = {(site / target.lstrip("/")).resolve() for target in files[not_found].links} | {not_found}
    wrong += [f"{path.name} is not in the navigation" for path in files if path not in shown]
    for picture in site.rglob("*.svg"):
        xml.etree.ElementTree.parse(picture)
    for one in sorted(set(wrong)):
        print(f"ci/site: {one}", file=sys.stderr)
    if wrong or links < 100:
        sys.exit(f"ci/site: {len(wrong)} problems, {links} links")
    print(f"ci/site: {len(files)} pages, {links} links, none broken: {site}/index.html")


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "pages":
        pages(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    elif len(sys.argv) == 3 and sys.argv[1] == "check":
        check(pathlib.Path(sys.argv[2]))
    else:
        sys.exit(__doc__)
