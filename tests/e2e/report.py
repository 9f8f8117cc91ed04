"""The pages and figures of `cltrain report`: whole, self-contained, true to run.json, all text escaped."""
import html
import random
import re
import shutil
import subprocess
import xml.etree.ElementTree

from cltrain import (Small, expect, expect_equal, expect_errors, main, run,
                     skip, snapshot)

LIMIT = 2 << 20  # bytes of a page
SCRIPT = '<script>alert(1)</script>'
CIFAR = '''name = "a <script>alert(1)";
data = {{ format = "cifar10"; path = "{data}"; train = ("data_batch_1"); validation = 20; }};
model = ( {{ type = "dense"; }} );
train = {{ batch_size = 20; epochs = 2; learning_rate = 0.01; }};
expect = ( {{ metric = "test_accuracy"; at_least = 0.0; source = "<b>bold</b>"; }} );
'''


def check_page(path):
    """What holds of every page; gives its text."""
    page = path.read_text()
    expect(path.stat().st_size < LIMIT, f'{path.name}: {path.stat().st_size} bytes, under 2 MB')
    for reference in re.findall(r'''(?:src|href|url|@import)\s*[=(]\s*["']?([^"')\s>]*)''', page):
        expect(reference.startswith('data:'), f'a reference is data: {reference[:20]}...')
    expect('http' not in page, 'no address')
    expect('<script' not in page, 'no script')
    if not shutil.which('tidy'):
        skip('no tidy: install the Debian package tidy')
    tidied = subprocess.run(['tidy', '-errors', '-quiet', path], text=True, capture_output=True,
                            check=False)
    expect_equal((tidied.returncode, tidied.stderr), (0, ''), f'{path.name}: tidy')
    return page


def check_figures(folder, names):
    expect_equal(sorted(path.stem for path in folder.iterdir()), sorted(names), 'the figures')
    for path in folder.iterdir():
        root = xml.etree.ElementTree.parse(path).getroot()
        expect(root.tag.endswith('svg') and len(root) > 3, f'{path.name} is an SVG')
        numbers = ' '.join(place.get(name, '') for place in root.iter()
                           for name in ('d', 'x', 'y', 'cx', 'cy', 'width', 'height'))
        expect(not re.search('nan|inf', numbers), 'its numbers are finite')


def percent(fraction):
    return f'{100 * fraction:.2f} %'


def of_a_run(where):
    """`run` writes it, `report` the same again; it has the numbers of run.json."""
    small = Small(where)
    done = small.run('done')
    page = check_page(done.path / 'report.html')
    member, = done.members
    for key in ('train_accuracy', 'val_accuracy', 'test_accuracy'):
        expect(percent(member[key]) in page, f'{key}: {percent(member[key])}')
    for word in (done.json['device']['name'], done.json['device']['driver'], done.json['status'],
                 done.json['name'], done.json['ended'], str(done.json['updates'])):
        expect(html.escape(word) in page, word)
    expect('name = &quot;' in page, 'the config')
    run('report', done.path, '--figures', where / 'figures', env=small.env)
    expect((done.path / 'report.html').read_text() == page, 'the same page again')
    check_figures(where / 'figures', ['accuracy', 'loss', 'cost', 'learning-rate', 'confusion',
                                      'class-accuracy', 'mistakes', 'weights'])


def without_the_data(where):
    """The page says why it has no predictions, and has the rest."""
    small = Small(where)
    done = small.run('done')
    shutil.rmtree(where / 'data')
    run('report', done.path, env=small.env)
    page = check_page(done.path / 'report.html')
    expect('id="accuracy"' in page and 'id="confusion"' not in page, 'curves, no predictions')
    expect(str(where / 'data') in page, 'the file that is missing is named')


def of_a_population(where):
    done = Small(where).run('five', config='five')
    page = check_page(done.path / 'report.html')
    for member in done.members:
        expect(percent(member['test_accuracy']) in page, f'member {member["index"]}')
    expect('train.learning_rate.max' in page and '(best)' in page, 'keys and the best')


def of_members_that_diverge(where):
    done = Small(where).run('some', config='divergent')
    expect('diverged at update' in check_page(done.path / 'report.html'), 'who diverged')
    (where / 'all').mkdir()
    gone = Small(where / 'all').run('gone', code=6, train__learning_rate='1e30')
    expect('every member diverged' in check_page(gone.path / 'report.html'), 'all diverged')


def of_several_runs(where):
    small = Small(where)
    runs = [small.run('one'), small.run('two', train__l2='0.25')]
    run('report', *(done.path for done in runs), '--out', where / 'both.html', env=small.env)
    page = check_page(where / 'both.html')
    for done in runs:
        expect(percent(done.members[0]['test_accuracy']) in page, str(done.path))
    keys = re.findall(r'<tr>\s*<td class="text">([\w.\[\]]+)</td>\s*<td class="text long">', page)
    expect_equal(keys, ['train.l2'], 'the keys that differ')


def write_cifar(folder):
    """Noise in CIFAR-10's binary form, with class names that a careless page would run."""
    draw = random.Random(1)
    folder.mkdir()
    for name, count in (('data_batch_1', 120), ('test_batch', 60)):
        records = (bytes([i % 10]) + draw.randbytes(3072) for i in range(count))
        (folder / f'{name}.bin').write_bytes(b''.join(records))
    names = [SCRIPT, '"&\'', *(f'class {i}' for i in range(2, 10))]
    (folder / 'batches.meta.txt').write_text('\n'.join(names) + '\n')


def names_are_text(where):
    write_cifar(where / 'data')
    (where / 'x.cfg').write_text(CIFAR.format(data=where / 'data'))
    run('run', where / 'x.cfg', '--out', where / 'run', '--quiet')
    page = check_page(where / 'run/report.html')
    expect('a &lt;script&gt;alert(1)' in page, 'the name is text')
    expect('&lt;b&gt;bold&lt;/b&gt;' in page, 'the source is text')
    expect('&lt;script&gt;al' in page and '&quot;&amp;&#39;' in page, 'the class names are text')
    run('report', where / 'run', '--figures', where / 'figures')
    check_figures(where / 'figures', ['accuracy', 'loss', 'cost', 'learning-rate', 'confusion',
                                      'class-accuracy', 'mistakes', 'weights'])


def failures(where):
    small = Small(where)
    done = small.run('done')
    expect_errors(run('report', where / 'nowhere', code=3), 'nowhere')
    expect_errors(run('report', code=2), 'usage')
    expect_errors(run('report', done.path, '--out', where / 'no/such/folder/x.html', code=5,
                      env=small.env), 'x.html')
    before = snapshot(done.path)
    (done.path / 'run.json').write_text('{')
    expect_errors(run('report', done.path, code=3, env=small.env), 'run.json:1')
    expect_equal(snapshot(done.path)['report.html'], before['report.html'], 'the old page stays')


main(of_a_run, without_the_data, of_a_population, of_members_that_diverge, of_several_runs,
     names_are_text, failures)
