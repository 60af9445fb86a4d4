// Draws the visible part of a Timeline: at most one box for each pixel of a row, so the time depends
// on the size of the picture, not on the number of events.

const MAX_ARROWS = 2000;  // drawn at once; the status says how many are left out

class Drawing {
  constructor(canvas, scroller, spacer, timeline) {
    Object.assign(this, { canvas, scroller, spacer, timeline });
    this.selected = -1;      // an item
    this.mark = -1;          // a finding
    this.arrows = true;
    this.from = timeline.from;
    this.to = timeline.to;
    this.onDrawn = () => {};
  }

  // Draws in the next frame.
  later() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.draw(); });
  }

  resize() {
    this.width = this.scroller.clientWidth;
    const max = Math.max(160, Math.round(window.innerHeight * 0.7) - 2);
    this.height = Math.min(Math.max(this.timeline.height, 80), max);
    const scale = window.devicePixelRatio || 1;
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = Math.round(this.height * scale);
    this.spacer.style.height = `${Math.max(0, this.timeline.height - this.height)}px`;
    this.gutter = this.width < 600 ? 76 : 120;
    const style = getComputedStyle(document.documentElement);
    this.color = (name) => style.getPropertyValue(`--${name}`).trim();
    this.colors = {};
    for (const name of ["back", "text", "quiet", "line", "panel", "error", "warning", "note", "callback", "on-callback",
                        "engine", "value", "other", "arrow", "mark", "focus"])
      this.colors[name] = this.color(name);
  }

  x(time) { return this.gutter + (time - this.from) / (this.to - this.from) * (this.width - this.gutter); }
  time(x) { return this.from + (x - this.gutter) / (this.width - this.gutter) * (this.to - this.from); }

  draw() {
    const begin = performance.now();
    this.resize();
    const scale = window.devicePixelRatio || 1;
    const c = this.context = this.canvas.getContext("2d");
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.fillStyle = this.colors.back;
    c.fillRect(0, 0, this.width, this.height);
    c.font = "12px system-ui, sans-serif";
    c.textBaseline = "middle";
    this.boxes = 0;
    this.arrowsDrawn = 0;
    this.arrowsLeftOut = 0;
    const scroll = this.scroller.scrollTop;
    c.save();
    c.beginPath();
    c.rect(this.gutter, AXIS, this.width - this.gutter, this.height - AXIS);
    c.clip();
    c.translate(0, -scroll);
    const seen = this.timeline.visible.filter((lane) => this.timeline.top[lane] - scroll < this.height &&
      this.timeline.top[lane] + this.timeline.laneHeight(lane) - scroll > AXIS);
    for (const lane of seen) this.drawLane(lane);
    if (this.arrows) this.drawArrows(scroll);
    for (const lane of seen) this.drawMarks(lane);
    c.restore();
    this.drawGutter(seen, scroll);
    this.drawAxis();
    this.took = performance.now() - begin;
    this.onDrawn();
  }

  drawLane(lane) {
    const { timeline, colors, context: c } = this;
    c.strokeStyle = colors.line;
    c.globalAlpha = 0.4;
    c.beginPath();
    c.moveTo(this.gutter, timeline.top[lane] + 0.5);
    c.lineTo(this.width, timeline.top[lane] + 0.5);
    c.stroke();
    c.globalAlpha = 1;
    timeline.rows[lane].forEach((row, depth) =>
      this.eachBox(row, timeline.at, timeline.end, (i, x, width, only) =>
        this.drawItem(i, x, timeline.rowTop(lane, depth), width, only)));
    if (timeline.sumRows[lane].length) this.drawSums(lane);
    timeline.valueRows[lane].forEach((row, number) => {
      const y = timeline.valueTop(lane, number);
      this.eachBox(row, timeline.value.at, timeline.value.end, (i, x, width) => {
        c.fillStyle = colors.text;
        c.fillRect(x, y, width, VALUE_ROW - 1);
        if (width < 4) return;
        c.fillStyle = colors.value;  // open at its end if it was left
        c.fillRect(x + 1, y + 0.75, width - (timeline.value.how[i] === 0 ? 1 : 3), VALUE_ROW - 2.5);
      });
    });
  }

  // Calls `draw` for each visible box of a row; items on one pixel are one box.
  eachBox(row, starts, ends, draw) {
    let i = Math.max(0, firstAt(row, starts, this.from) - 1);
    while (i < row.length && starts[row[i]] < this.to) {
      const item = row[i];
      const x = this.x(starts[item]), width = this.x(ends[item]) - x;
      if (x + width < this.gutter) { i++; continue; }
      this.boxes++;
      if (width >= 2) {
        const left = Math.max(x, this.gutter - 2);
        draw(item, left, Math.min(x + width, this.width + 2) - left, true);
        i++;
        continue;
      }
      const pixel = Math.floor(x);
      const next = Math.max(i + 1, firstAt(row, starts, this.time(pixel + 1)));
      draw(item, pixel, 1, next === i + 1);
      i = next;
    }
  }

  drawItem(item, x, y, width, only) {
    const { timeline, colors, context: c } = this;
    const kind = KINDS[timeline.kind[item]], height = ROW - 2;
    const chosen = item === this.selected || (this.selected >= 0 && timeline.flow[item] > 0 &&
      timeline.flow[item] === timeline.flow[this.selected]);
    if (width < 3) {
      c.fillStyle = kind === "callback" ? colors.callback : colors.text;
      c.globalAlpha = only ? 0.75 : 1;
      c.fillRect(x, y, Math.max(1, width), height);
      c.globalAlpha = 1;
      if (chosen) this.outline(x - 2, y - 1, 5, height + 2);
      return;
    }
    c.fillStyle = colors[kind];
    c.fillRect(x, y, width, height);
    if (kind === "value") this.stripe(x, y, Math.min(width, 8), height);
    c.strokeStyle = colors.text;
    c.lineWidth = 1;
    c.setLineDash(kind === "other" ? [3, 2] : []);
    if (kind !== "callback") c.strokeRect(x + 0.5, y + 0.5, Math.max(1, width - 1), height - 1);
    c.setLineDash([]);
    if (width > 24) this.label(item, kind, x + (kind === "value" ? 11 : 4), y + height / 2, x + width - 3);
    if (chosen) this.outline(x - 1, y - 1, width + 2, height + 2);
  }

  stripe(x, y, width, height) {
    const c = this.context;
    c.save();
    c.beginPath();
    c.rect(x, y, width, height);
    c.clip();
    c.strokeStyle = this.colors.text;
    c.beginPath();
    for (let at = -height; at < width; at += 4) {
      c.moveTo(x + at, y + height);
      c.lineTo(x + at + height, y);
    }
    c.stroke();
    c.restore();
  }

  outline(x, y, width, height) {
    this.context.strokeStyle = this.colors.focus;
    this.context.lineWidth = 2;
    this.context.strokeRect(x, y, width, height);
    this.context.lineWidth = 1;
  }

  label(item, kind, left, middle, right) {
    const c = this.context;
    const room = right - Math.max(left, this.gutter + 2);
    let text = this.timeline.title(item).replace(/^plugin\./, "");
    const max = Math.floor(room / 6);
    if (max < 3) return;
    if (text.length > max) text = `${text.slice(0, max - 1)}…`;
    c.fillStyle = kind === "callback" ? this.colors["on-callback"] : this.colors.text;
    c.fillText(text, Math.max(left, this.gutter + 2), middle, room);
  }

  drawSums(lane) {
    const { timeline, colors, context: c } = this;
    const y = timeline.sumTop(lane), row = timeline.sumRows[lane], sum = timeline.sum;
    let max = 1;
    for (const i of row) max = Math.max(max, sum.count[i]);
    c.setLineDash([1, 2]);
    this.eachBox(row, sum.at, sum.end, (i, x, width) => {
      const height = Math.max(2, (ROW - 2) * sum.count[i] / max);
      c.fillStyle = colors.panel;
      c.strokeStyle = colors.text;
      c.fillRect(x, y + ROW - 2 - height, Math.max(1, width), height);
      c.strokeRect(x + 0.5, y + ROW - 1.5 - height, Math.max(1, width - 1), height - 1);
      if (width > 60) {
        c.fillStyle = colors.text;
        c.fillText(`${grouped(sum.count[i])} events`, Math.max(x, this.gutter) + 3, y + ROW / 2 - 1, width - 6);
      }
    });
    c.setLineDash([]);
  }

  drawArrows(scroll) {
    const { timeline, colors, context: c } = this;
    const { lane, at, toLane, to, item, toItem } = timeline.arrow;
    const rowOf = (which, its) => timeline.rowTop(which, its < 0 ? 0 : Math.min(timeline.depth[its], DEEPEST));
    const drawn = new Set(), lines = [], chosen = [];
    c.strokeStyle = c.fillStyle = colors.arrow;
    for (let i = 0; i < at.length; i++) {
      if (to[i] < this.from || at[i] > this.to || !timeline.arrowPasses(i)) continue;
      if (timeline.top[lane[i]] < 0 || timeline.top[toLane[i]] < 0) continue;
      const y0 = rowOf(lane[i], item[i]), y1 = rowOf(toLane[i], toItem[i]);
      if (Math.max(y0, y1) + ROW * 3 < scroll || Math.min(y0, y1) > scroll + this.height) continue;
      const x0 = this.x(at[i]), x1 = this.x(to[i]);
      const down = y1 > y0;
      const line = [x0, y0 + (down ? ROW - 2 : 0), x1, y1 + (down ? 0 : ROW - 2)];
      if (this.selected >= 0 && (item[i] === this.selected || toItem[i] === this.selected)) chosen.push(line);
      const key = `${Math.round(x0)} ${Math.round(x1)} ${lane[i]} ${toLane[i]}`;
      if (drawn.has(key)) continue;
      if (drawn.size >= MAX_ARROWS) { this.arrowsLeftOut++; continue; }
      drawn.add(key);
      lines.push(line);
    }
    this.arrowsDrawn = lines.length;
    c.globalAlpha = Math.min(0.8, Math.max(0.12, 60 / lines.length));  // many hide what is below them
    for (const line of lines) this.arrowLine(...line);
    c.globalAlpha = 1;
    c.lineWidth = 2;  // the selected event's
    for (const line of chosen) this.arrowLine(...line);
    c.lineWidth = 1;
  }

  arrowLine(x0, y0, x1, y1) {
    const c = this.context, angle = Math.atan2(y1 - y0, x1 - x0);
    c.beginPath();
    c.moveTo(x0, y0);
    c.lineTo(x1, y1);
    c.stroke();
    c.beginPath();
    c.moveTo(x1, y1);
    for (const turn of [-0.4, 0.4]) c.lineTo(x1 - 7 * Math.cos(angle + turn), y1 - 7 * Math.sin(angle + turn));
    c.fill();
  }

  drawMarks(lane) {
    const { timeline, colors, context: c } = this;
    const y = timeline.top[lane] + 2;
    for (const mark of timeline.marks) {
      if (mark.lane !== lane || mark.at < this.from || mark.at > this.to) continue;
      const x = Math.min(Math.max(this.x(mark.at), this.gutter + 6), this.width - 6);
      c.fillStyle = colors[mark.severity];
      c.beginPath();
      c.moveTo(x - 6, y);
      c.lineTo(x + 6, y);
      c.lineTo(x, y + 12);
      c.fill();
      const room = x + 30 < this.width;
      c.textAlign = room ? "left" : "right";
      c.fillText(`${mark.number}`, room ? x + 8 : x - 8, y + 6);
      c.textAlign = "left";
      if (mark.number === this.mark) this.outline(x - 8, y - 2, 16, 16);
    }
  }

  drawGutter(seen, scroll) {
    const { timeline, colors, context: c } = this;
    c.fillStyle = colors.panel;
    c.fillRect(0, 0, this.gutter, this.height);
    c.fillStyle = colors.text;
    for (const lane of seen) {
      const y = Math.max(timeline.top[lane] - scroll, AXIS - MARK_ROW) + MARK_ROW + ROW / 2 - 1;
      c.fillText(timeline.lanes[lane], 6, y, this.gutter - 10);
    }
  }

  drawAxis() {
    const { colors, context: c } = this;
    c.fillStyle = colors.panel;
    c.fillRect(0, 0, this.width, AXIS);
    c.fillStyle = c.strokeStyle = colors.quiet;
    c.fillText(this.width < 600 ? "time" : "logical time", 6, AXIS / 2);
    const span = this.to - this.from;
    const about = span / Math.max(2, (this.width - this.gutter) / 90);
    const power = 10 ** Math.floor(Math.log10(about));
    const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= about));
    for (let time = Math.ceil(this.from / step) * step; time <= this.to; time += step) {
      const x = Math.round(this.x(time)) + 0.5;
      c.beginPath();
      c.moveTo(x, AXIS - 5);
      c.lineTo(x, AXIS);
      c.stroke();
      if (x + 40 < this.width) c.fillText(grouped(time), x + 3, AXIS / 2);
    }
  }

  // The item at a point of the canvas, or a mark: {item} or {mark}; null: neither.
  at(x, y) {
    const { timeline } = this, inside = y + this.scroller.scrollTop;
    if (y < AXIS || x < this.gutter) return null;
    const lane = timeline.visible.find((one) => inside >= timeline.top[one] &&
      inside < timeline.top[one] + timeline.laneHeight(one));
    if (lane === undefined) return null;
    if (inside < timeline.top[lane] + MARK_ROW) {
      const near = timeline.marks.find((mark) => mark.lane === lane && Math.abs(this.x(mark.at) - x) < 10);
      return near ? { mark: near.number } : null;
    }
    const row = timeline.rows[lane][Math.floor((inside - timeline.rowTop(lane, 0)) / ROW)];
    if (!row || row.length === 0) return null;
    const i = firstAt(row, timeline.at, this.time(x));
    let best = null, distance = 5;
    for (const k of [i - 1, i]) {
      if (k < 0 || k >= row.length) continue;
      const left = this.x(timeline.at[row[k]]), right = Math.max(left + 1, this.x(timeline.end[row[k]]));
      const off = x < left ? left - x : x > right ? x - right : 0;
      if (off < distance) { distance = off; best = { item: row[k] }; }
    }
    return best;
  }
}
