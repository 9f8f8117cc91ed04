"""Tables of a comparison, for a terminal or in Markdown, from rows of plain measurements.

A row: {'name', 'cltrain': [a value a round], 'peers': {peer: [values], or a text: why there are none},
'of_fma': [shares of the FMA ceiling] where that is known, 'memory': {contender: [MiB]} likewise}."""
import statistics

class Part:
    def __init__(self, heading, unit, digits=1, less_is_better=False, ratio='cltrain / best peer'):
        self.heading, self.unit, self.digits = heading, unit, digits
        self.less_is_better, self.ratio = less_is_better, ratio


PARTS = {
    'steps': Part('Training steps a second', 'steps/s'),
    'population': Part('Populations of a2-2layer: networks x steps a second', 'networks x steps/s'),
    'products': Part('Matrix products', 'GFLOP/s'),
    'whole': Part('Whole runs on Fashion-MNIST, five epochs', 's', 2, True, 'times as fast as the best peer'),
    'agreement': Part('Steps a second of `cltrain run` beside `cltrain bench`', 'steps/s', ratio='run / bench'),
}


def best_peer(part, row):
    """Its name, by the median; None where no peer is there."""
    medians = {peer: statistics.median(values) for peer, values in row['peers'].items()
               if not isinstance(values, str)}
    choose = min if PARTS[part].less_is_better else max
    return choose(medians, key=medians.get) if medians else None


def ratios(part, row):
    """How many times as fast as the best peer cltrain was, round by round."""
    peer = best_peer(part, row)
    if peer is None:
        return []
    pairs = zip(row['cltrain'], row['peers'][peer])
    return [theirs / ours if PARTS[part].less_is_better else ours / theirs for ours, theirs in pairs]


def format_values(values, digits, memory=None):
    if isinstance(values, str):
        return 'absent'
    text = f'{statistics.median(values):.{digits}f}'
    return f'{text}, {statistics.median(memory):.0f} MiB' if memory else text


def format_ratio(values):
    if not values:
        return 'no peer'
    return f'{statistics.median(values):.2f} ({min(values):.2f}..{max(values):.2f})'


def table(part, rows):
    """Header and body as lists of texts."""
    unit, digits = PARTS[part].unit, PARTS[part].digits
    peers = list(dict.fromkeys(peer for row in rows for peer in row['peers']))
    shares = any('of_fma' in row for row in rows)
    header = [unit, 'cltrain', *peers, PARTS[part].ratio] + ['of FMA'] * shares
    body = []
    for row in rows:
        memory = row.get('memory', {})
        cells = [row['name'], format_values(row['cltrain'], digits, memory.get('cltrain'))]
        for peer in peers:
            cells.append(format_values(row['peers'].get(peer, 'absent'), digits, memory.get(peer)))
        cells.append(format_ratio(ratios(part, row)))
        if shares:
            cells.append(f'{100 * statistics.median(row["of_fma"]):.0f} %')
        body.append(cells)
    return header, body


def as_text(header, body):
    widths = [max(map(len, column)) for column in zip(header, *body)]
    lines = []
    for cells in (header, *body):
        first, *others = zip(cells, widths)
        lines.append('  '.join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]))
    return '\n'.join(lines)


def as_markdown(header, body):
    lines = [header, ['---'] + ['---:'] * (len(header) - 1), *body]
    return '\n'.join('| ' + ' | '.join(cells) + ' |' for cells in lines)


def render(found, markdown):
    """All tables; `found`: {part: rows}."""
    texts = []
    for part, rows in found.items():
        heading = PARTS[part].heading
        body = (as_markdown if markdown else as_text)(*table(part, rows))
        texts.append(f'### {heading}\n\n{body}' if markdown else f'{heading}\n{body}')
    return '\n\n'.join(texts)
