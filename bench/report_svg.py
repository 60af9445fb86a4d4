"""Bar charts of ratios, one panel for each form of call."""

LEFT, WIDTH, GAP, ROW, TOP = 440, 260, 70, 22, 84
LIMIT = 3.0
OURS, RAW, OTHER, SPREAD = "#2a7f62", "#333333", "#9aa5b1", "#c0392b"


def escaped(text):
    return text.replace("`", "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def panel_of(out, left, ratios, order, heading, floor):
    """`ratios`: by name of the way; `floor`: the ratio of doing nothing, or None."""
    bottom = TOP + ROW * len(order)

    def x(ratio):
        return left + WIDTH * min(ratio, LIMIT) / LIMIT

    out.append(f'<text x="{left}" y="{TOP - 26}" font-size="14">{escaped(heading)}</text>')
    for tick in range(int(LIMIT) + 1):
        out.append(f'<path d="M{x(tick):.0f} {TOP - 4}V{bottom}" stroke="{"#333" if tick == 1 else "#ddd"}"/>')
        out.append(f'<text x="{x(tick):.0f}" y="{TOP - 8}" text-anchor="middle" font-size="11">{tick}</text>')
    for row, way in enumerate(order):
        ratio = ratios.get(way)
        if ratio is None:
            continue
        y = TOP + ROW * row
        colour = OURS if way.startswith("get") and way != "get_mut_rust" else RAW if way == "raw" else OTHER
        out.append(f'<rect x="{left}" y="{y + 3}" width="{x(ratio.median) - left:.1f}" height="14" fill="{colour}"/>')
        if ratio.median <= LIMIT:
            out.append(f'<path d="M{x(ratio.low):.1f} {y + 10}H{x(ratio.high):.1f}" stroke="{SPREAD}" stroke-width="2"/>')
        else:  # a truncated bar
            cut = x(LIMIT) - 14
            out.append(f'<path d="M{cut:.0f} {y + 18}l6 -16m4 0l-6 16" stroke="white" stroke-width="3" fill="none"/>')
        out.append(f'<text x="{x(ratio.median) + 6:.1f}" y="{y + 15}" font-size="12">{ratio.median:.2f}</text>')
    if floor is not None:
        out.append(f'<path d="M{x(floor):.1f} {TOP - 4}V{bottom}" stroke="{SPREAD}" stroke-dasharray="4 3"/>')


def svg_of(panels, meaning):
    """`panels`: a heading and the ratios by way for each panel; the first sets the order."""
    order = [ratio.way for ratio in panels[0][1]]
    width = LEFT + len(panels) * (WIDTH + GAP)
    height = TOP + ROW * len(order) + 44
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="10" y="24" font-size="16">Reaching a thread\'s value and counting in it: time divided by the C call\'s</text>',
        '<text x="10" y="42" fill="#555">shorter is faster; green: suricata_ffi::thread::ThreadStorage; red across a bar: the '
        "middle half of the repetitions</text>",
    ]
    for row, way in enumerate(order):
        out.append(f'<text x="{LEFT - 10}" y="{TOP + ROW * row + 15}" text-anchor="end">{escaped(meaning.get(way, way))}</text>')
    for number, (heading, ratios) in enumerate(panels):
        by_way = {ratio.way: ratio for ratio in ratios}
        nothing = by_way.get("nothing")
        panel_of(out, LEFT + number * (WIDTH + GAP), by_way, order, heading, nothing.median if nothing else None)
    if "nothing" in order:
        out.append(f'<text x="10" y="{height - 14}" fill="#555" font-size="12">dashed: doing nothing, which is in every bar</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"
