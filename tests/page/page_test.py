"""Goal: the page works in a real browser, for reading, for the keyboard and for screen readers.
Method: a headless Chromium opens the files of samples.cpp; usage: page_test.py DIRECTORY [SCREENSHOTS]."""
import os
import sys
import unittest

from chromium import Chromium

directory = os.path.abspath(sys.argv[1])
screenshots = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
PAGES = ["none", "one", "many", "more", "findings", "explored", "run", "queues"]
BENCH_PAGES = ["bench-times", "bench-instructions", "bench-builds"]
WIDTHS = [1280, 400]

# Texts whose contrast with their background, as in WCAG 2, is below 4.5.
CONTRAST = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const color = rgb(getComputedStyle(element).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const bad = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || element.matches('script, noscript, noscript *') || !element.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort();
    if ((b + .05) / (a + .05) < 4.5) bad.add(`${element.tagName}.${element.className}: ${walk.currentNode.data.slice(0, 40)}`);
  }
  return [...bad];
})()"""

# The same for the drawing: labels on boxes, marks and arrows on the background.
DRAWN = """(() => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => { const hex = style.getPropertyValue('--' + name).trim();
    return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0); };
  return [['on-callback', 'callback', 4.5], ['text', 'engine', 4.5], ['text', 'value', 4.5], ['text', 'other', 4.5],
          ['text', 'panel', 4.5], ['quiet', 'panel', 4.5], ['error', 'back', 4.5], ['warning', 'back', 4.5], ['note', 'back', 4.5],
          ['arrow', 'back', 3], ['line', 'back', 3], ['focus', 'back', 3], ['callback', 'back', 3]]
    .filter(([a, b, least]) => { const [x, y] = [light(a), light(b)].sort((p, q) => p - q); return (y + .05) / (x + .05) < least; })
    .map((pair) => pair.join(' '));
})()"""


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Chromium().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()

    def open(self, name, width=1280, dark=False):
        self.browser.window(width, 900, dark)
        self.browser.open(f"{directory}/{name}.html")
        self.assertEqual(self.browser.errors(), [], name)
        self.assertEqual(self.browser.run("document.documentElement.dataset.ready"), "yes", name)

    def tearDown(self):
        self.assertEqual(self.browser.errors(), [])

    def run_js(self, script):
        return self.browser.run(script)

    def data(self, key):
        return self.run_js(f"document.getElementById('canvas').dataset.{key}")

    def text(self, identifier):
        return self.run_js(f"document.getElementById('{identifier}').textContent")

    def focus_canvas(self):
        self.run_js("document.getElementById('canvas').focus()")

    def type_into(self, identifier, text):
        self.run_js(f"document.getElementById('{identifier}').focus()")
        for key in text:
            self.browser.key(key)

    def test_each_page_opens_without_an_error_at_each_width_light_and_dark(self):
        for name in PAGES:
            for width in WIDTHS:
                for dark in (False, True):
                    with self.subTest(name=name, width=width, dark=dark):
                        self.open(name, width, dark)
                        wide = self.run_js("document.documentElement.scrollWidth")
                        self.assertLessEqual(wide, width, "the page scrolls sideways")
                        self.assertEqual(self.run_js(CONTRAST), [])
                        self.assertEqual(self.run_js(DRAWN), [])
                        if screenshots:
                            self.browser.screenshot(f"{screenshots}/{name}-{width}-{'dark' if dark else 'light'}.png")

    def test_the_pages_of_bench_open_at_each_width_light_and_dark_and_load_nothing(self):
        for name in BENCH_PAGES:
            for width in WIDTHS:
                for dark in (False, True):
                    with self.subTest(name=name, width=width, dark=dark):
                        self.browser.window(width, 900, dark)
                        self.browser.open(f"{directory}/{name}.html")
                        self.assertEqual(self.browser.errors(), [])
                        self.assertLessEqual(self.run_js("document.documentElement.scrollWidth"), width)
                        self.assertEqual(self.run_js(CONTRAST), [])
                        self.assertEqual(self.run_js("performance.getEntriesByType('resource').length"), 0)
                        self.assertEqual(self.run_js("document.scripts.length"), 0)
                        if screenshots:
                            self.browser.screenshot(f"{screenshots}/{name}-{width}-{'dark' if dark else 'light'}.png")

    def test_the_pages_of_bench_show_each_distribution_as_bars_and_as_a_table(self):
        for name in BENCH_PAGES[:2]:
            self.browser.open(f"{directory}/{name}.html")
            sections = self.run_js("document.querySelectorAll('main section').length")
            self.assertGreater(sections, 2)
            self.assertEqual(self.run_js("document.querySelectorAll('main .bars').length"), sections)
            # Each bar with calls can be seen, and is as high as its share; the highest fills the picture.
            self.assertEqual(self.run_js("""[...document.querySelectorAll('.bars')].filter((bars) => {
              const heights = [...bars.children].map((bar) => bar.getBoundingClientRect().height);
              return Math.max(...heights) < bars.clientHeight * .95
                || [...bars.children].some((bar) => !bar.className && bar.getBoundingClientRect().height < 1);
            }).length"""), 0)
            self.assertEqual(self.run_js("""[...document.querySelectorAll('main section')].filter((one) =>
              one.querySelectorAll('.bars > li:not(.empty)').length !== one.querySelectorAll('details tr').length - 1).length"""), 0)

    def test_the_page_of_two_builds_shows_each_pair_the_interval_and_no_difference(self):
        self.browser.open(f"{directory}/bench-builds.html")
        strips = self.run_js("document.querySelectorAll('.strip').length")
        self.assertGreater(strips, 0)
        self.assertEqual(self.run_js("document.querySelectorAll('.strip > li:not([class])').length"), 10 * strips)
        self.assertEqual(self.run_js("""[...document.querySelectorAll('.strip > li')].filter((mark) => {
          const [inner, outer] = [mark, mark.parentElement].map((one) => one.getBoundingClientRect());
          return inner.left < outer.left - 1 || inner.right > outer.right + 1;
        }).length"""), 0)

    def test_it_says_how_many_events_there_are(self):
        for name, text in (("none", "0 events."), ("one", "1 event.")):
            self.open(name)
            self.assertEqual(self.text("shown"), text)
        self.open("more")
        self.assertRegex(self.text("shown"), r"^400,\d{3} events: (99,9\d\d|100,000) are shown one by one, the other 300,\d{3} as counts")

    def test_a_hundred_thousand_events_stay_fluid(self):
        # Not by time, which depends on the machine, but by what is drawn: boxes for pixels.
        for name in ("many", "more"):
            self.open(name)
            self.assertGreater(int(self.data("boxes")), 100)
            self.assertLess(int(self.data("boxes")), 1280 * 90)
            took = [float(self.data("took"))]
            self.focus_canvas()
            for _ in range(12):
                self.browser.key("+")
                self.assertLess(int(self.data("boxes")), 1280 * 90)
                took.append(float(self.data("took")))
            print(f"{name}: drawn in at most {max(took):.1f} ms")

    def test_a_run_of_the_command_has_its_events_and_marks(self):
        self.open("run")
        self.assertGreater(self.run_js("raw.events"), 1000)
        self.assertIn("W#01-eth0", self.run_js("raw.lanes"))
        self.run_js("document.querySelector('#finding-1 > button').click()")
        self.assertIn("on main, at ", self.text("details"))

    def test_names_of_plugins_are_no_markup(self):
        for name in ("one", "findings"):
            self.open(name)
            self.assertEqual(self.run_js("document.querySelectorAll('img, b').length"), 0)
            self.assertIn("<img", self.run_js("document.body.innerText + JSON.stringify([...document.querySelectorAll('option')].map((o) => o.text))")
                          if name == "findings" else self.run_js("raw.strings.join()"))

    def test_each_finding_is_there_and_leads_to_its_mark(self):
        self.open("findings")
        count = self.run_js("report.findings.length")
        self.assertEqual(self.run_js("document.querySelectorAll('#finding-list > li').length"), count)
        self.run_js("document.querySelector('#finding-3 > button').click()")
        self.browser.frames()
        self.assertIn(self.run_js("report.findings[2].rule"), self.text("details"))
        self.assertEqual(self.run_js("document.activeElement.id"), "canvas")
        self.run_js("document.querySelector('#finding-2 > button').click()")
        self.assertIn("unknown time", self.text("details"))

    def test_the_steps_of_a_schedule_have_a_column_for_each_thread(self):
        self.open("explored")
        self.assertEqual(self.run_js("[...document.querySelectorAll('#finding-1 th')].map((one) => one.textContent).join()"),
                         "step,W#01,W#02")
        self.assertEqual(self.run_js("document.querySelectorAll('#finding-1 tbody tr').length"), 6)
        self.assertFalse(self.run_js("document.getElementById('no-timeline').hidden"))

    def test_keys_select_zoom_and_move(self):
        self.open("findings")
        self.focus_canvas()
        self.browser.key("n")
        self.assertEqual(self.data("selected"), "0")
        self.browser.key("ArrowRight")
        first = self.text("details")
        self.assertIn("on main", first)
        self.assertNotEqual(self.data("selected"), "0")
        self.browser.key("ArrowDown")
        self.assertNotIn("on main", self.text("details"))
        span = float(self.data("to")) - float(self.data("from"))
        self.browser.key("+")
        self.assertAlmostEqual(float(self.data("to")) - float(self.data("from")), span / 2)
        begin = float(self.data("from"))
        self.browser.key("ArrowRight", shift=True)
        self.assertGreater(float(self.data("from")), begin)
        self.browser.key("0")
        self.assertEqual(float(self.data("from")), 0)
        selected = int(self.data("selected"))
        self.browser.key("p")
        self.assertEqual(int(self.data("selected")), selected - 1)

    def test_search_thread_flow_and_slot_filter(self):
        self.open("findings")
        everything = self.run_js("raw.events")
        matches = lambda: int(self.text("match-count").split()[0])
        self.assertEqual(matches(), everything)
        self.type_into("search", "flow_update")
        self.assertEqual(matches(), self.run_js("raw.items.filter((n, i) => i % 9 === 4 && raw.strings[n] === 'plugin.flow_update').length"))
        self.run_js("document.getElementById('clear').click()")
        self.type_into("flow", "3")
        self.assertEqual(matches(), 8)
        self.assertEqual(self.run_js("document.querySelector('#thread').options.length"),
                         1 + self.run_js("new Set([...raw.lanes, ...report.findings.map((one) => one.thread)]).size"))
        for identifier, value, column, name in (("slot", "state", 7, "strings"), ("thread", "FR#01", 0, "lanes")):
            self.run_js("document.getElementById('clear').click()")
            self.run_js(f"{{ const box = document.getElementById('{identifier}'); box.value = '{value}';"
                        " box.dispatchEvent(new Event('input', {bubbles: true})); }")
            self.assertEqual(matches(), self.run_js(f"raw.items.filter((n, i) => i % 9 === {column} && raw.{name}[n] === '{value}').length"))

    def test_hand_overs_of_an_event_have_names_and_lead_to_the_other_end(self):
        self.open("findings")
        self.type_into("search", "pthread_create")
        self.focus_canvas()
        self.browser.key("n")
        self.assertIn("→ starts W#01-eth0: to W#01-eth0, at 2", self.text("details"))
        self.run_js("document.querySelector('#details .ways button').click()")
        self.browser.frames()
        self.assertIn("os_thread.start", self.text("details"))
        self.assertIn("← starts W#01-eth0: from main, at 1", self.text("details"))

    def test_hand_overs_are_those_of_the_events_that_are_shown(self):
        self.open("findings")
        everything = int(self.data("arrows"))
        self.assertGreater(everything, 3)
        self.type_into("flow", "3")  # a worker hands it over to the recycler
        self.assertEqual(self.data("arrows"), "1")
        self.run_js("document.getElementById('clear').click()")
        self.type_into("flow", "1")  # its worker ends it
        self.assertEqual(self.data("arrows"), "0")
        self.run_js("document.getElementById('clear').click()")
        self.browser.frames()
        self.assertEqual(int(self.data("arrows")), everything)
        self.run_js("document.getElementById('arrows').click()")
        self.browser.frames()
        self.assertEqual(self.data("arrows"), "0")

    def test_a_run_with_queues_has_its_batches_as_hand_overs(self):
        self.open("queues")
        names = self.run_js("[...new Set(raw.arrows.filter((n, i) => i % 5 === 4).map((n) => raw.strings[n].replace(/\\d+/g, 'N')))]")
        for name in ("starts W#N", "W#N is initialised", "resumes W#N", "hands packets over", "hands flows over", "hands flow N over",
                     "lets W#N close", "W#N has ended"):
            self.assertIn(name, names)

    def test_a_click_selects_what_is_under_it(self):
        self.open("findings")
        self.run_js("document.getElementById('canvas').scrollIntoView()")
        self.focus_canvas()
        self.browser.key("n")
        for _ in range(5):
            self.browser.key("+")
        wanted = self.text("details")
        box = self.run_js("(() => { const box = document.getElementById('canvas').getBoundingClientRect(); return [box.left, box.top]; })()")
        self.browser.key("ArrowRight")
        self.assertNotEqual(self.text("details"), wanted)
        x = box[0] + 120 + (1.5 - float(self.data("from"))) / (float(self.data("to")) - float(self.data("from"))) * (1280 - 32 - 2 - 120)
        self.browser.click(x, box[1] + 22 + 16 + 8)
        self.assertEqual(self.text("details"), wanted)

    def test_the_list_of_events_grows_and_selects(self):
        self.open("many")
        self.run_js("document.querySelector('#matches summary').click()")
        self.browser.frames()
        self.assertEqual(self.run_js("document.querySelectorAll('#match-list li').length"), 50)
        self.run_js("document.getElementById('more').click()")
        self.assertEqual(self.run_js("document.querySelectorAll('#match-list li').length"), 100)
        self.run_js("document.querySelector('#match-list li:nth-child(7) button').click()")
        self.browser.frames()
        self.assertEqual(self.data("selected"), "6")

    def test_tab_reaches_every_control_and_leaves_each(self):
        self.open("findings")
        wanted = self.run_js("""[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
          .filter((one) => one.checkVisibility()).length""")
        seen = set()
        for _ in range(wanted + 5):
            self.browser.key("Tab")
            place = self.run_js("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
            tag = self.run_js("document.activeElement.tagName")
            if tag != "BODY":
                seen.add(place)
            if len(seen) == wanted:
                break
        self.assertEqual(len(seen), wanted)
        self.assertEqual(self.run_js("document.getElementById('canvas').tabIndex"), 0)

    def test_every_control_has_a_name_and_a_role(self):
        for name in ("findings", "explored"):
            self.open(name)
            nodes = self.browser.send("Accessibility.getFullAXTree")["nodes"]
            kinds = {"button", "textbox", "searchbox", "combobox", "checkbox", "link", "application", "region", "DisclosureTriangle"}
            nameless = [node["role"]["value"] for node in nodes if not node.get("ignored") and
                        node.get("role", {}).get("value") in kinds and not node.get("name", {}).get("value")]
            self.assertEqual(nameless, [])
            regions = self.run_js("[...document.querySelectorAll('[role=region]')].map((one) => one.getAttribute('aria-label'))")
            self.assertEqual(len(set(regions)), len(regions), "two regions have one name")
            levels = self.run_js("[...document.querySelectorAll('h1, h2, h3')].filter((one) => one.checkVisibility()).map((one) => +one.tagName[1])")
            self.assertEqual(levels[0], 1)
            self.assertTrue(all(b - a <= 1 for a, b in zip(levels, levels[1:])), levels)
            self.assertEqual(self.run_js("""(() => { const all = [...document.querySelectorAll('[id]')].map((one) => one.id);
              return all.filter((id, at) => all.indexOf(id) !== at); })()"""), [])
            self.assertEqual(self.run_js("document.documentElement.lang"), "en")

    def test_it_loads_nothing(self):
        self.open("findings")
        self.assertEqual(self.run_js("performance.getEntriesByType('resource').length"), 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
