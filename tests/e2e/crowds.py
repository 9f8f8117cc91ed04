"""Pages of more members, settings and classes than a page shows: it says what it leaves out."""
import json
import random
import re
import struct

from cltrain import RunDirectory, expect, expect_equal, main, run

CLASSES = 40
SIDE = 5
SETTINGS = 210
SEEDS = 2

CONFIG = '''
name = "crowd";
data = {{ format = "idx"; path = "{data}"; validation = 100; }};
model = ( {{ type = "dense"; units = 8; }}, {{ type = "leaky_relu"; }}, {{ type = "dense"; }} );
train = {{ batch_size = 50; epochs = 2; learning_rate = 0.05; }};
population = ( {{ key = "train.l2"; log_space = (1e-5, 1e-1); count = {settings}; }},
               {{ key = "seed"; count = {seeds}; }} );
expect = ( {{ metric = "test_accuracy"; at_least = 0.0; of = "mean"; }} );
'''


def write_part(folder, name, samples, rng):
    """Each class has a picture of its own, in noise."""
    labels = bytes(i % CLASSES for i in range(samples))
    pictures = [bytes(rng.randrange(200) for _ in range(SIDE * SIDE)) for _ in range(CLASSES)]
    images = b''.join(bytes(value + rng.randrange(56) for value in pictures[label]) for label in labels)
    (folder / f'{name}-images-idx3-ubyte').write_bytes(
        struct.pack('>4I', 0x803, samples, SIDE, SIDE) + images)
    (folder / f'{name}-labels-idx1-ubyte').write_bytes(struct.pack('>2I', 0x801, samples) + labels)


def crowd(where):
    data = where / 'data'
    data.mkdir()
    rng = random.Random(1)
    write_part(data, 'train', 500, rng)
    write_part(data, 't10k', 200, rng)
    config = where / 'crowd.cfg'
    config.write_text(CONFIG.format(data=data, settings=SETTINGS, seeds=SEEDS))
    run('run', config, '--out', where / 'run', '--quiet')
    done = RunDirectory(where / 'run')
    page = (done.path / 'report.html').read_text()
    members = SETTINGS * SEEDS
    expect_equal(len(done.members), members, 'members')
    for text in (f'{members - 200} more members stand in result.csv.', f'The first 200 of {SETTINGS} settings.',
                 f'7 of {SETTINGS} settings.', f'The 30 worst of {CLASSES} classes, the worst first.'):
        expect(text in page, text)
    expect(not re.search(r'[ "]-?(nan|inf)[ ",]', page), 'no number of the figures is lost')
    run('report', done.path, '--figures', where / 'figures')
    matrix = (where / 'figures/confusion.svg').read_text()
    expect(re.search(r'>0</text>', matrix) and re.search(r'>30</text>', matrix),
           'classes of a large matrix are numbered')
    told = json.loads(run('report', done.path, done.path, '--json', cwd=where).out)
    comparison = (where / told['report']).read_text()
    expect('1 of 1 met' in comparison and '>nowhere<' in comparison, 'a run compared with itself')


main(crowd)
