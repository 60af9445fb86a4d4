// The timeline's controls: filters, zoom, selection, mouse, keys and the list of events. At its end
// this script, the last one, starts the page.

const raw = JSON.parse(byId("events").textContent);
const STEP = 50;  // events to add to the list at a time

class Controls {
  constructor(timeline, drawing) {
    Object.assign(this, { timeline, drawing });
    drawing.onDrawn = () => this.showStatus();
    for (const lane of timeline.lanes) byId("thread").append(new Option(lane, lane));
    for (const slot of timeline.slots()) byId("slot").append(new Option(slot, slot));
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    byId("filters").addEventListener("input", () => this.filter());
    byId("clear").addEventListener("click", () => this.clear());
    const on = (id, act) => byId(id).addEventListener("click", act);
    on("zoom-in", () => this.zoom(0.5));
    on("zoom-out", () => this.zoom(2));
    on("fit", () => this.view(timeline.from, timeline.to));
    on("back", () => this.move(-0.5));
    on("forth", () => this.move(0.5));
    on("next", () => this.step(1));
    on("previous", () => this.step(-1));
    on("more", () => this.list(this.listed + STEP));
    byId("matches").addEventListener("toggle", () => this.list(STEP));
    drawing.canvas.addEventListener("keydown", (event) => this.key(event));
    this.followMouse(drawing.canvas);
    drawing.scroller.addEventListener("scroll", () => drawing.later());
    window.addEventListener("resize", () => drawing.later());
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawing.later());
    this.describe();
    this.filter();
    this.view(timeline.from, timeline.to);
  }

  describe() {
    const { events, shown, lost } = raw;
    byId("shown").textContent = shown === events
      ? `${countOf(events, "event")}.`
      : `${countOf(events, "event")}: ${grouped(shown)} are shown one by one, the other ${grouped(events - shown)} as counts ` +
        `for stretches of time; ${grouped(lost)} values and hand-overs of those are not drawn.`;
  }

  filter() {
    const text = (id) => byId(id).value.trim();
    this.timeline.show({ search: text("search"), thread: byId("thread").value, flow: text("flow"),
                         slot: byId("slot").value, values: byId("values").checked });
    this.drawing.arrows = byId("arrows").checked;
    this.list(STEP);
    this.drawing.later();
  }

  clear() {
    for (const id of ["search", "thread", "flow", "slot"]) byId(id).value = "";
    byId("arrows").checked = byId("values").checked = true;
    this.filter();
  }

  // Shows [from, to), at least two ticks.
  view(from, to) {
    const { timeline, drawing } = this;
    const whole = Math.max(2, timeline.to - timeline.from);
    const span = Math.min(whole, Math.max(2, to - from));
    const begin = Math.min(Math.max(timeline.from, (from + to - span) / 2), timeline.from + whole - span);
    drawing.from = begin;
    drawing.to = begin + span;
    drawing.later();
  }
  zoom(factor, about) {
    const { from, to } = this.drawing;
    const item = this.drawing.selected, at = this.timeline.at[item];
    const middle = about ?? (item >= 0 && at >= from && at <= to ? at : (from + to) / 2);
    this.view(middle - (middle - from) * factor, middle + (to - middle) * factor);
  }
  move(share) {
    const { from, to } = this.drawing, by = (to - from) * share;
    this.view(from + by, to + by);
  }

  // Brings a time and a lane into view.
  bring(at, lane) {
    const { drawing, timeline } = this, span = drawing.to - drawing.from;
    if (at < drawing.from || at >= drawing.to) this.view(at - span / 2, at + span / 2);
    const top = timeline.top[lane];
    if (top < 0) return;
    const { scroller } = drawing, height = scroller.clientHeight;
    if (top - AXIS < scroller.scrollTop || top + timeline.laneHeight(lane) > scroller.scrollTop + height)
      scroller.scrollTop = Math.max(0, top - AXIS);
  }

  select(item) {
    const { drawing, timeline } = this;
    drawing.selected = item;
    drawing.mark = -1;
    if (item < 0) return;
    this.bring(timeline.at[item], timeline.lane[item]);
    const details = byId("details");
    const set = (id, value) => { byId(id).value = value; this.filter(); };
    const only = (text, id, value) => {
      const button = make("button", "", text);
      button.type = "button";
      button.addEventListener("click", () => set(id, value));
      return button;
    };
    const lane = timeline.lanes[timeline.lane[item]];
    const ticks = timeline.end[item] - timeline.at[item];
    const buttons = make("p", "", only(`Only ${lane}`, "thread", lane));
    if (timeline.flow[item]) buttons.append(only(`Only flow ${timeline.flow[item]}`, "flow", String(timeline.flow[item])));
    if (timeline.slot[item]) {
      const slot = timeline.strings[timeline.slot[item]];
      buttons.append(only(`Only slot ${slot}`, "slot", slot));
    }
    details.replaceChildren(make("p", "", make("strong", "", timeline.strings[timeline.name[item]]),
      ` ${timeline.strings[timeline.text[item]]}`),
      make("p", "quiet", `${KINDS[timeline.kind[item]]} on ${lane}, at ${grouped(timeline.at[item])}` +
        (ticks > 1 ? `, until ${grouped(timeline.end[item])}` : "")), ...this.valuesOf(item), ...this.arrowsOf(item), buttons);
    drawing.later();
  }

  // What became of the value that the item is about.
  valuesOf(item) {
    const { timeline } = this, value = timeline.value;
    if (KINDS[timeline.kind[item]] !== "value") return [];
    const at = timeline.at[item], lane = timeline.lane[item];
    const i = value.at.findIndex((set, k) => value.slot[k] === timeline.slot[item] && value.flow[k] === timeline.flow[item] &&
      ((set === at && value.lane[k] === lane) || (value.end[k] === at && value.endLane[k] === lane)));
    if (i < 0) return [];
    const end = value.how[i] === 0 ? "left in its slot"
      : `${VALUE_ENDS[value.how[i]]} at ${grouped(value.end[i])} on ${timeline.lanes[value.endLane[i]]}`;
    return [make("p", "", `value of ${timeline.strings[value.text[i]]}: set at ${grouped(value.at[i])} on ` +
      `${timeline.lanes[value.lane[i]]}, ${end}`)];
  }

  // The item's hand-overs, as buttons that select the other end.
  arrowsOf(item) {
    const { arrow, strings, lanes } = this.timeline, all = [];
    const way = (text, other) => {
      const button = make("button", "", text);
      button.type = "button";
      button.addEventListener("click", () => this.select(other));
      all.push(make("li", "", button));
    };
    for (let i = 0; i < arrow.at.length; i++) {
      if (arrow.item[i] === item && arrow.toItem[i] >= 0)
        way(`→ ${strings[arrow.text[i]]}: to ${lanes[arrow.toLane[i]]}, at ${grouped(arrow.to[i])}`, arrow.toItem[i]);
      if (arrow.toItem[i] === item && arrow.item[i] >= 0)
        way(`← ${strings[arrow.text[i]]}: from ${lanes[arrow.lane[i]]}, at ${grouped(arrow.at[i])}`, arrow.item[i]);
    }
    return all.length ? [make("ul", "ways", ...all)] : [];
  }

  selectMark(number) {
    const { drawing, timeline } = this, mark = timeline.marks[number - 1], one = report.findings[number - 1];
    drawing.selected = -1;
    drawing.mark = number;
    this.bring(mark.at, mark.lane);
    const link = make("a", "", `finding ${number}`);
    link.href = `#finding-${number}`;
    byId("details").replaceChildren(make("p", one.severity, `${SIGNS[one.severity]} ${one.rule}`), make("p", "", one.message),
      make("p", "quiet", mark.known ? `on ${one.thread}, at ${grouped(mark.at)}: ` : `on ${one.thread || "no thread"}, ` +
        "at an unknown time, shown at the end: ", link));
    drawing.later();
  }

  // Selects the next match, or the previous one.
  step(by) {
    const { matches } = this.timeline, selected = this.drawing.selected;
    if (matches.length === 0) return;
    let next = by > 0 ? 0 : matches.length - 1;
    if (selected >= 0) {
      const here = matches.findIndex((item) => item >= selected);
      if (here < 0) next = by > 0 ? matches.length : matches.length - 1;
      else next = by > 0 && matches[here] !== selected ? here : here + by;
    }
    if (next >= 0 && next < matches.length) this.select(matches[next]);
  }

  inLane(lane) {
    return this.timeline.matches.filter((item) => this.timeline.lane[item] === lane);
  }

  // Selects the thread's next event, or its previous one.
  along(by) {
    const { timeline, drawing } = this;
    if (drawing.selected < 0) return this.step(by);
    const all = this.inLane(timeline.lane[drawing.selected]);
    const next = all[all.indexOf(drawing.selected) + by];
    if (next !== undefined) this.select(next);
  }

  // Selects an event at about the same time on the thread above or below.
  across(by) {
    const { timeline, drawing } = this;
    if (drawing.selected < 0) return this.step(1);
    const time = timeline.at[drawing.selected];
    let at = timeline.visible.indexOf(timeline.lane[drawing.selected]) + by;
    for (; at >= 0 && at < timeline.visible.length; at += by) {
      const all = this.inLane(timeline.visible[at]);
      if (all.length === 0) continue;
      return this.select(all[Math.min(firstAt(all, timeline.at, time), all.length - 1)]);
    }
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const act = {
      ArrowLeft: () => (event.shiftKey ? this.move(-0.25) : this.along(-1)),
      ArrowRight: () => (event.shiftKey ? this.move(0.25) : this.along(1)),
      ArrowUp: () => this.across(-1),
      ArrowDown: () => this.across(1),
      "+": () => this.zoom(0.5),
      "=": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      0: () => this.view(this.timeline.from, this.timeline.to),
      n: () => this.step(1),
      p: () => this.step(-1),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  followMouse(canvas) {
    let drag = null;
    const point = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      drag = { x: event.clientX, from: this.drawing.from, to: this.drawing.to, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const by = event.clientX - drag.x;
      if (Math.abs(by) > 4) drag.moved = true;
      if (!drag.moved) return;
      const time = by * (drag.to - drag.from) / (this.drawing.width - this.drawing.gutter);
      this.view(drag.from - time, drag.to - time);
    });
    canvas.addEventListener("pointerup", (event) => {
      const clicked = drag && !drag.moved;
      drag = null;
      const hit = clicked ? this.drawing.at(...point(event)) : null;
      if (hit && hit.mark) this.selectMark(hit.mark);
      else if (hit) this.select(hit.item);
    });
    canvas.addEventListener("pointercancel", () => { drag = null; });
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      if (event.ctrlKey) this.zoom(event.deltaY < 0 ? 0.8 : 1.25, this.drawing.time(point(event)[0]));
      else this.move(Math.sign(event.deltaY || event.deltaX) * 0.1);
    }, { passive: false });
  }

  list(max) {
    const { timeline } = this, { matches } = timeline;
    this.listed = Math.min(max, matches.length);
    byId("match-count").textContent = matches.length === this.listed ? countOf(matches.length, "event")
      : `${countOf(matches.length, "event")}, the first ${grouped(this.listed)} of them are listed`;
    byId("more").hidden = this.listed === matches.length;
    const list = byId("match-list");
    list.replaceChildren();
    if (!byId("matches").open) return;
    for (const item of matches.slice(0, this.listed)) {
      const button = make("button", "", `${grouped(timeline.at[item])} ${timeline.lanes[timeline.lane[item]]}: ${timeline.title(item)}`);
      button.type = "button";
      button.addEventListener("click", () => this.select(item));
      list.append(make("li", "", button));
    }
  }

  showStatus() {
    const { drawing, timeline } = this;
    const parts = [countOf(timeline.matches.length, "match").replace("matchs", "matches")];
    if (drawing.arrowsLeftOut) parts.push(`${countOf(drawing.arrowsLeftOut, "hand-over")} more: zoom in to see them`);
    const text = parts.join("; ");
    if (byId("status").textContent !== text) byId("status").textContent = text;
    const { dataset } = drawing.canvas;  // for tests
    Object.assign(dataset, { from: drawing.from, to: drawing.to, boxes: drawing.boxes, arrows: drawing.arrowsDrawn, took: drawing.took,
                             selected: drawing.selected });
  }
}

showHead();
showFindings();
showSchedule(report.schedule);
if (raw) {
  byId("picture").hidden = false;
  const timeline = new Timeline(raw, report.findings);
  const drawing = new Drawing(byId("canvas"), byId("scroller"), byId("spacer"), timeline);
  const controls = new Controls(timeline, drawing);
  report.findings.forEach((one, at) => {
    const button = make("button", "", "Show on the timeline");
    button.type = "button";
    button.addEventListener("click", () => {
      controls.clear();
      controls.selectMark(at + 1);
      drawing.canvas.focus();
      drawing.canvas.scrollIntoView({ block: "center" });
    });
    byId(`finding-${at + 1}`).append(button);
  });
} else {
  byId("no-timeline").hidden = false;
}
document.documentElement.dataset.ready = "yes";
