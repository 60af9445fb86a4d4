// The model of the timeline: a run's events in arrays, as simulator/src/report/timeline.cpp writes
// them; which of them pass the filters; and the position of each lane.

const KINDS = ["engine", "callback", "value", "other"];
const VALUE_ENDS = ["left", "freed", "taken"];
const DEEPEST = 7;       // rows of a lane for spans in spans
const VALUE_ROWS = 24;   // of a lane, at most; more values overlap
const AXIS = 22, ROW = 16, VALUE_ROW = 4, GAP = 8, MARK_ROW = 16;

// The first position in `rows` whose time is at least `time`.
function firstAt(rows, times, time) {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[rows[middle]] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

class Timeline {
  constructor(raw, findings) {
    this.raw = raw;
    this.strings = raw.strings;
    this.lanes = raw.lanes.slice();
    const column = (rows, width, at, type) => {
      const out = new type(rows.length / width);
      for (let i = 0; i < out.length; i++) out[i] = rows[i * width + at];
      return out;
    };
    const items = (at, type) => column(raw.items, 9, at, type);
    this.lane = items(0, Uint32Array);
    this.at = items(1, Float64Array);
    this.end = items(2, Float64Array);
    this.depth = items(3, Uint32Array);
    this.name = items(4, Uint32Array);
    this.text = items(5, Uint32Array);
    this.flow = items(6, Float64Array);
    this.slot = items(7, Uint32Array);
    this.kind = items(8, Uint8Array);
    const values = (at, type) => column(raw.values, 8, at, type);
    this.value = {
      lane: values(0, Uint32Array), at: values(1, Float64Array), end: values(2, Float64Array),
      endLane: values(3, Uint32Array), slot: values(4, Uint32Array), flow: values(5, Float64Array),
      how: values(6, Uint8Array), text: values(7, Uint32Array),
    };
    const arrows = (at, type) => column(raw.arrows, 5, at, type);
    this.arrow = {
      lane: arrows(0, Uint32Array), at: arrows(1, Float64Array), toLane: arrows(2, Uint32Array),
      to: arrows(3, Float64Array), text: arrows(4, Uint32Array),
    };
    this.byLane = this.lanes.map(() => []);
    for (let i = 0; i < this.at.length; i++) this.byLane[this.lane[i]].push(i);
    this.arrow.item = this.arrow.at.map((at, i) => this.itemAt(this.arrow.lane[i], at));
    this.arrow.toItem = this.arrow.to.map((at, i) => this.itemAt(this.arrow.toLane[i], at));
    const sums = (at, type) => column(raw.sums, 4, at, type);
    this.sum = {
      lane: sums(0, Uint32Array), at: sums(1, Float64Array), end: sums(2, Float64Array), count: sums(3, Float64Array),
    };
    this.from = 0;
    this.to = 1;
    const last = new Float64Array(this.lanes.length);
    for (const part of [this, this.sum])
      for (let i = 0; i < part.at.length; i++) {
        this.to = Math.max(this.to, part.end[i]);
        last[part.lane[i]] = Math.max(last[part.lane[i]], part.end[i]);
      }
    this.marks = findings.map((one, number) => {
      let lane = this.lanes.indexOf(one.thread);
      if (lane < 0) lane = this.lanes.push(one.thread || "(no thread)") - 1;
      return { lane, at: one.clock || last[lane] || this.to, known: one.clock > 0, number: number + 1, severity: one.severity };
    });
    for (const mark of this.marks) this.to = Math.max(this.to, mark.at);
    this.show({ search: "", thread: "", flow: "", slot: "", values: true });
  }

  // The item of a lane that begins at a time; -1: none.
  itemAt(lane, time) {
    const item = this.byLane[lane][firstAt(this.byLane[lane], this.at, time)];
    return item !== undefined && this.at[item] === time ? item : -1;
  }

  slots() {
    const all = new Set();
    for (const slot of this.slot) if (slot) all.add(this.strings[slot]);
    for (const slot of this.value.slot) if (slot) all.add(this.strings[slot]);
    return [...all].sort();
  }

  // Selects what passes the filters, and lays it out.
  show(filters) {
    this.filters = filters;
    const wanted = filters.search.toLowerCase();
    const fits = this.strings.map((text) => wanted === "" || text.toLowerCase().includes(wanted));
    const slot = filters.slot === "" ? -1 : this.strings.indexOf(filters.slot);
    const flow = filters.flow === "" ? -1 : Number(filters.flow);
    const lane = filters.thread === "" ? -1 : this.lanes.indexOf(filters.thread);
    const passes = (itsSlot, itsFlow, itsLane) =>
      (slot < 0 || itsSlot === slot) && (flow === -1 || itsFlow === flow) && (lane < 0 || itsLane === lane);
    this.rows = this.lanes.map(() => []);
    this.valueRows = this.lanes.map(() => []);
    this.sumRows = this.lanes.map(() => []);
    const matches = [];
    for (let i = 0; i < this.at.length; i++) {
      if (!passes(this.slot[i], this.flow[i], this.lane[i])) continue;
      if (!fits[this.name[i]] && !fits[this.text[i]]) continue;
      matches.push(i);
      const rows = this.rows[this.lane[i]], depth = Math.min(this.depth[i], DEEPEST);
      while (rows.length <= depth) rows.push([]);
      rows[depth].push(i);
    }
    this.matches = matches;
    if (filters.values) this.placeValues((i) => passes(this.value.slot[i], this.value.flow[i], this.value.lane[i]) &&
      (fits[this.value.slot[i]] || fits[this.value.text[i]]));
    for (let i = 0; i < this.sum.at.length; i++)
      if (lane < 0 || this.sum.lane[i] === lane) this.sumRows[this.sum.lane[i]].push(i);
    // Arrows are shown if one of their ends is.
    const shown = new Uint8Array(this.at.length);
    for (const item of matches) shown[item] = 1;
    const isShown = (item) => item >= 0 && shown[item] === 1;
    this.arrowPasses = (i) => isShown(this.arrow.item[i]) || isShown(this.arrow.toItem[i]);
    this.layOut(lane);
  }

  placeValues(passes) {
    const order = [];
    for (let i = 0; i < this.value.at.length; i++) if (passes(i)) order.push(i);
    order.sort((a, b) => this.value.at[a] - this.value.at[b]);
    const ends = this.lanes.map(() => []);
    this.valueRow = new Uint32Array(this.value.at.length);
    for (const i of order) {
      const lane = this.value.lane[i], free = ends[lane];
      let row = free.findIndex((end) => end <= this.value.at[i]);
      if (row < 0) row = free.length < VALUE_ROWS ? free.length : i % VALUE_ROWS;
      free[row] = this.value.end[i];
      while (this.valueRows[lane].length <= row) this.valueRows[lane].push([]);
      this.valueRows[lane][row].push(i);
      this.valueRow[i] = row;
    }
  }

  layOut(only) {
    this.top = new Float64Array(this.lanes.length);
    this.height = AXIS;
    this.visible = [];
    for (let lane = 0; lane < this.lanes.length; lane++) {
      const marked = this.marks.some((mark) => mark.lane === lane);
      const empty = this.rows[lane].length + this.valueRows[lane].length + this.sumRows[lane].length === 0 && !marked;
      const filtered = this.filters.search + this.filters.flow + this.filters.slot !== "";
      if ((only >= 0 && lane !== only) || (empty && filtered)) {
        this.top[lane] = -1;
        continue;
      }
      this.visible.push(lane);
      this.top[lane] = this.height;
      this.height += this.laneHeight(lane);
    }
  }

  laneHeight(lane) {
    return MARK_ROW + Math.max(1, this.rows[lane].length) * ROW + (this.sumRows[lane].length ? ROW : 0) +
      this.valueRows[lane].length * VALUE_ROW + GAP;
  }
  rowTop(lane, depth) { return this.top[lane] + MARK_ROW + depth * ROW; }
  sumTop(lane) { return this.rowTop(lane, Math.max(1, this.rows[lane].length)); }
  valueTop(lane, row) { return this.sumTop(lane) + (this.sumRows[lane].length ? ROW : 0) + row * VALUE_ROW; }

  // One line about an item.
  title(item) {
    const text = this.strings[this.text[item]];
    return this.strings[this.name[item]] + (text ? ` ${text}` : "");
  }
}
