// Shows the head of the page, and the findings with their stacks and schedules. All texts become text
// nodes, so a plugin's names are never markup.
"use strict";

const byId = (id) => document.getElementById(id);
const report = JSON.parse(byId("report").textContent);
const SIGNS = { error: "✖", warning: "▲", note: "●" };
const VERDICT_SIGNS = { pass: "✔", fail: "✖", incomplete: "▲" };

// An element with a class and children, which are elements or texts.
function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

function grouped(n) { return Number(n).toLocaleString("en"); }
function countOf(n, noun) { return `${grouped(n)} ${noun}${n === 1 ? "" : "s"}`; }

function showHead() {
  const plugins = report.plugins.map((one) => one.name || one.path);
  byId("name").textContent = plugins.join(", ") || "surisim";
  const all = { error: 0, warning: 0, note: 0 };
  for (const one of report.findings) all[one.severity]++;
  const found = Object.entries(all).filter(([, n]) => n > 0).map(([what, n]) => countOf(n, what));
  const verdict = byId("verdict");
  verdict.className = report.verdict;
  verdict.textContent = `${VERDICT_SIGNS[report.verdict]} ${report.verdict}` +
    (found.length ? `: ${found.join(", ")}` : "");
  const counts = report.counts;
  byId("counts").textContent = report.tried ||
    `Suricata ${report.suricata}, ${countOf(counts.lifecycles, "lifecycle")}, ` +
      `${countOf(counts.threads, "thread")}, ${countOf(counts.flows, "flow")}, ${countOf(counts.packets, "packet")}`;
  const remarks = byId("remarks");
  remarks.hidden = report.remarks.length === 0;
  for (const one of report.remarks) remarks.append(make("li", "", one));
  if (!report.reproduce) return;
  byId("reproduce").hidden = false;
  byId("reproduce").querySelector("code").textContent = report.reproduce;
}

function stack(title, frames) {
  if (!frames || frames.length === 0) return null;
  const list = make("ol", "stack");
  for (const frame of frames)
    list.append(make("li", "", make("code", "", frame.call_site), frame.source ? " " : "",
      frame.source ? make("code", "", frame.source) : ""));
  return make("div", "", make("p", "", title), list);
}

// A table with a column for each thread and a row for each step. `before`: ", before finding 1", or "".
function stepsTable(steps, before) {
  const caption = `Which thread ran when: the last steps${before}`;
  const threads = [...new Set(steps.map((step) => step.thread))];
  const head = make("tr", "", make("th", "", "step"));
  head.firstChild.scope = "col";
  for (const thread of threads) {
    const cell = make("th", "", thread);
    cell.scope = "col";
    head.append(cell);
  }
  const body = make("tbody");
  steps.forEach((step, at) => {
    const row = make("tr", "", make("td", "quiet", String(at + 1)));
    for (const thread of threads) {
      const cell = make("td", thread === step.thread ? "here" : "");
      if (thread === step.thread)
        cell.append(step.what, make("br"), make("code", "quiet", step.at));
      row.append(cell);
    }
    body.append(row);
  });
  const box = make("div", "wide", make("table", "", make("caption", "quiet", caption), make("thead", "", head), body));
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", caption);
  return box;
}

function showSchedule(schedule) {
  if (!schedule) return;
  byId("schedule").hidden = false;
  byId("schedule-text").textContent =
    `${countOf(schedule.points, "scheduling point")}; at ` +
    `${grouped(schedule.choices)} another thread could have continued; ${countOf(schedule.switches, "switch")
      .replace("switchs", "switches")}.` +
    (schedule.explanation ? ` ${schedule.explanation}` : "");
  if (schedule.steps.length) byId("schedule").append(stepsTable(schedule.steps, ""));
}

function findingItem(one, at) {
  const title = make("h3", "", make("span", `severity ${one.severity}`, `${SIGNS[one.severity]} ${one.severity}`),
    ` ${at + 1}: ${one.rule}`);
  const item = make("li", one.severity, title);
  item.id = `finding-${at + 1}`;
  item.append(make("p", "", one.message + (one.count > 1 ? ` (${grouped(one.count)} times)` : "")));
  if (one.where) item.append(make("p", "quiet", one.where));
  if (one.set_at_shown) item.append(make("p", "quiet", "the value was set at ", make("code", "", one.set_at_shown)));
  const more = make("details", "", make("summary", "", "Why, how to fix it, and stacks"));
  if (one.consequence) more.append(make("p", "", `In a real Suricata: ${one.consequence}`));
  if (one.fix) more.append(make("p", "", one.fix));
  if (one.plugin_path) more.append(make("p", "quiet", "plugin ", make("code", "", one.plugin_path)));
  for (const part of [stack("Calls, the innermost first:", one.frames),
                      stack(`Calls of the other thread${one.other_thread ? `, ${one.other_thread}` : ""}:`, one.other_frames)])
    if (part) more.append(part);
  item.append(more);
  const found = one.found_in;
  if (found) {
    item.append(make("p", "", found.schedule));
    if (found.explanation) item.append(make("p", "", `It happens when ${found.explanation}`));
    if (found.steps.length) item.append(stepsTable(found.steps, `, before finding ${at + 1}`));
    item.append(make("p", "", "again: ", make("code", "", found.replay)));
  }
  return item;
}

function showFindings() {
  byId("no-findings").hidden = report.findings.length > 0;
  report.findings.forEach((one, at) => byId("finding-list").append(findingItem(one, at)));
}
