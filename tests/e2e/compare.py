"""tests/bench/compare: its tables, and that it runs where no peer is installed; tests/bench/growth."""
import csv
import importlib.machinery
import importlib.util
import json
import subprocess
import sys
import xml.etree.ElementTree

from cltrain import FASHION_MNIST, ROOT, environment, expect, expect_equal, main, skip

BENCH = ROOT / 'tests/bench'
sys.path.insert(0, str(BENCH))
import tables
import workloads

ROW = {'name': 'x', 'cltrain': [10.0, 12.0, 30.0], 'of_fma': [0.5, 0.6, 0.7],
       'peers': {'slow': [1.0, 1.0, 1.0], 'fast': [5.0, 4.0, 10.0], 'none': 'not installed'}}


def load(script):
    """A script without an ending, as a module."""
    loader = importlib.machinery.SourceFileLoader(f'bench_{script}', str(BENCH / script))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def call(script, *arguments, code=0):
    done = subprocess.run([sys.executable, BENCH / script, *map(str, arguments)], text=True,
                          capture_output=True, env=environment(), check=False)
    expect_equal(done.returncode, code, f'exit code of {script} {" ".join(map(str, arguments))}')
    return done.stdout


def tables_say_how_many_times_as_fast(_):
    expect_equal(tables.best_peer('steps', ROW), 'fast', 'best peer of rates')
    expect_equal(tables.ratios('steps', ROW), [2, 3, 3], 'ratios of rates, round by round')
    expect_equal(tables.best_peer('whole', ROW), 'slow', 'best peer of times')
    expect_equal(tables.ratios('whole', ROW), [0.1, 1 / 12, 1 / 30], 'ratios of times')
    alone = {**ROW, 'peers': {'none': 'not installed'}}
    expect_equal(tables.ratios('steps', alone), [], 'no ratio without a peer')


def tables_are_aligned_or_markdown(_):
    header, body = tables.table('steps', [ROW])
    expect_equal(header, ['steps/s', 'cltrain', 'slow', 'fast', 'none', 'cltrain / best peer', 'of FMA'],
                 'header')
    expect_equal(body, [['x', '12.0', '1.0', '5.0', 'absent', '3.00 (2.00..3.00)', '60 %']], 'a row')
    expect_equal(tables.as_markdown(['a', 'b'], [['c', 'd']]), '| a | b |\n| --- | ---: |\n| c | d |',
                 'Markdown')
    expect_equal(tables.as_text(['a', 'bb'], [['ccc', 'd']]), 'a    bb\nccc   d', 'text')


def doubtful_figures_are_named(_):
    compare = load('compare')
    idle = {'ceilings': {'fma_gflops': {'median': 95, 'lowest': 90, 'highest': 100}}}
    busy = {'ceilings': {'fma_gflops': {'median': 95, 'lowest': 70, 'highest': 100}}}
    near = {'name': 'near', 'cltrain': [95.0, 91.0, 50.0], 'peers': {'cltrain bench': [100.0] * 3}}
    far = {'name': 'far', 'cltrain': [89.0, 89.0, 99.0], 'peers': {'cltrain bench': [100.0] * 3}}
    expect_equal(list(compare.warnings(idle, {'agreement': [near]})), [], 'idle, and in agreement')
    expect_equal([warning.split(':')[0] for warning in compare.warnings(busy, {'agreement': [near, far]})],
                 ['other programs keep the machine busy', 'far'], 'busy, and apart')


def runs_without_peers(where):
    few = '--rounds', 1, '--seconds', 0.02, '--python', where / 'no-python'
    told = json.loads(call('compare', '--only', 'steps', '--json', *few))
    expect_equal([row['name'] for row in told['steps']], list(workloads.STEPS), 'workloads')
    for row in told['steps']:
        expect(row['cltrain'][0] > 0 and 0 < row['of_fma'][0] < 2, f'{row["name"]}: {row["cltrain"]}')
        expect(all(isinstance(reason, str) for reason in row['peers'].values()), f'{row["name"]}: no peers')
    page = where / 'page.md'
    page.write_text('before\n<!-- compare: begin -->\nold\n<!-- compare: end -->\nafter\n')
    call('compare', '--only', 'population', '--into', page, *few)
    text = page.read_text()
    expect('old' not in text and text.startswith('before\n') and text.endswith('\nafter\n'), 'the marks')
    expect('| 8 members |' in text and '| 32 members |' in text and '| absent |' in text, text)


def helps(_):
    for script in ('compare', 'growth'):
        expect('usage' in call(script, '--help'), f'{script} --help')
    call('compare', '--rounds', 0, code=2)


def growth_is_drawn(where):
    if not FASHION_MNIST.is_dir():
        skip(f'no {FASHION_MNIST}: install dataset-fashion-mnist')
    call('growth', where / 'growth', '--only', 'members', '--largest', 2, '--seconds', 0.02)
    with open(where / 'growth/growth.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    expect_equal([(row['varied'], row['members']) for row in rows], [('members', '1'), ('members', '2')],
                 'rows')
    expect(all(float(row['milliseconds']) > 0 for row in rows), f'{rows}')
    drawn = xml.etree.ElementTree.parse(where / 'growth/growth-members.svg').getroot()
    expect_equal(len(drawn.findall('{*}circle')), 2, 'points of the figure')


main(tables_say_how_many_times_as_fast, tables_are_aligned_or_markdown, doubtful_figures_are_named,
     runs_without_peers, helps, growth_is_drawn)
