"""The pages and figures of `cltrain report`: whole, self-contained, true to run.json, all text escaped."""
import html
import json
import random
import re
import shutil
import statistics
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
                                      'class-accuracy', 'mistakes', 'true-class', 'weights'])


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


def rows_of(page, title):
    """The rows of the first table below the heading `title`, as lists of cells."""
    table = re.search(f'>{title}</h[23]>.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    expect(table, f'a table below {title}')
    return [[html.unescape(cell) for cell in re.findall('<td[^>]*>(.*?)</td>', row, re.DOTALL)]
            for row in re.findall('<tr[^>]*>(.*?)</tr>', table.group(1), re.DOTALL)]


def edit_json(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def of_two_keys(where):
    """A map of validation accuracy, whose numbers are those of run.json."""
    small = Small(where)
    done = small.run('grid', population='( { key = "train.l2"; values = (1e-4, 1e-2, 0.1); },'
                                        ' { key = "train.learning_rate.max"; values = (0.1, 0.2); } )')
    page = check_page(done.path / 'report.html')
    shown = re.findall('<text class="small middle on-(?:dark|light)"[^>]*>([^<]*)<',
                       page[page.index('id="search"'):page.index('</figure>')])
    expect_equal(sorted(shown), sorted(f'{100 * member["val_accuracy"]:.1f}' for member in done.members),
                 'the cells')
    expect('>train.l2</text>' in page and '>train.learning_rate.max</text>' in page, 'both keys')


def of_published_figures(where):
    """They stand in the figure of the search."""
    small = Small(where)
    done = small.run('search', population='( { key = "train.l2"; values = (1e-5, 1e-3, 1e-1); } )')
    expect('>published</text>' not in (done.path / 'report.html').read_text(), 'nothing is published')
    edit_json(done.path / 'run.json', published=[[1e-5, 0.5], [1e-2, 0.625]])
    run('report', done.path, env=small.env)
    page = check_page(done.path / 'report.html')
    expect('>published</text>' in page, 'the legend')
    expect_equal(page.count('"hollow c6"'), 3, 'two figures, and the legend')


def published_beside_names(where):
    """Zero has no place on a logarithmic axis: the values are names, and what is published stands at its own."""
    small = Small(where)
    done = small.run('search', population='( { key = "train.l2"; values = (0.0, 1e-5, 1e-1); } )')
    edit_json(done.path / 'run.json', published=[[0, 0.5], [1e-5, 0.625], [1e-3, 0.25]])
    run('report', done.path, '--figures', where / 'figures', env=small.env)
    expect_equal((where / 'figures/search.svg').read_text().count('"hollow c6"'), 3, 'two points, and the legend')


def of_seeds(where):
    """What agrees but for its seeds is one setting."""
    small = Small(where)
    done = small.run('seeds', population='( { key = "train.l2"; values = (0.0, 1e-3, 1e-1); },'
                                         ' { key = "seed"; count = 4; } )')
    rows = rows_of(check_page(done.path / 'report.html'), 'Over seeds')
    expect_equal([row[0] for row in rows], ['0', '0.001', '0.1'], 'a row for each setting')
    for i, row in enumerate(rows):
        values = [member['val_accuracy'] for member in done.members[4 * i:4 * i + 4]]
        expect_equal(row[1:5], ['4', percent(statistics.mean(values)),
                                f'{100 * statistics.stdev(values):.2f}',
                                f'{100 * min(values):.2f} to {100 * max(values):.2f}'],
                     f'its networks: {row[0]}')
    run('report', done.path, '--figures', where / 'figures', env=small.env)
    curves = [f'{name}{part}' for name in ('accuracy', 'loss', 'cost')
              for part in ('', '-training', '-mean')]
    check_figures(where / 'figures', [*curves, 'search', 'learning-rate', 'confusion',
                                      'class-accuracy', 'mistakes', 'true-class', 'weights'])


def write_study(where, small):
    """Three stages of a study, and one that has not begun, as `where`/study; gives the runs."""
    folder = where / 'study'
    seeds = '( { key = "seed"; count = 3; } )'
    runs = {'without': small.run('study/without', population=seeds),
            'with': small.run('study/with', population=seeds, train__l2='0.25'),
            'search': small.run('study/search', population='( { key = "train.l2"; values = '
                                '(0.0, 1e-4, 1e-3, 1e-2, 2e-2, 4e-2, 6e-2, 8e-2, 0.1); } )')}
    first = runs['without'].json
    study = {
        'name': f'study {SCRIPT}', 'status': 'done', 'reason': 'all stages are done',
        'version': first['version'], 'device': first['device'], 'seconds': 12.5,
        'stages': [{'name': name, 'folder': name, 'status': 'done', 'members': len(done.members),
                    'seconds': 1.5} for name, done in runs.items()]
        + [{'name': 'later', 'folder': 'later', 'status': 'waiting', 'members': 4, 'seconds': None}],
        'expectations': [
            {'stage': 'with', 'name': 'x', 'metric': 'test_accuracy', 'member': 1, 'low': 0.0,
             'high': None, 'published': 0.5345, 'measured': 0.25, 'met': True, 'source': SCRIPT},
            {'stage': 'search', 'name': 'x', 'metric': 'val_accuracy', 'member': 0, 'low': 0.9,
             'high': 0.95, 'published': None, 'measured': 0.25, 'met': False, 'source': 'y'}],
        'comparisons': [
            {'stages': ['without', 'with'], 'metric': 'test_accuracy', 'n': [3, 3],
             'mean': [0.5, 0.25], 'deviation': [0.01, 0.02], 'difference': -0.25, 'low': -0.26,
             'high': -0.24, 'significant': True},
            {'stages': ['search', 'with'], 'metric': 'test_loss', 'n': [1, 3], 'mean': [1.5, 1.25],
             'deviation': [None, 0.02], 'difference': -0.25, 'low': None, 'high': None,
             'significant': False}]}
    (folder / 'run.json').write_text(json.dumps(study))
    shutil.copy(runs['without'].path / 'config.cfg', folder / 'config.cfg')
    return folder, runs


def names_of_the_figures(runs):
    """Of write_study(): each stage's, with its name before them, and those of the comparisons."""
    usual = ['accuracy', 'loss', 'cost', 'learning-rate', 'true-class', 'weights']
    extra = {'without': ['accuracy-mean', 'loss-mean', 'cost-mean'],
             'search': ['search', 'accuracy-training', 'loss-training', 'cost-training']}
    extra['with'] = extra['without']
    names = [f'{stage}-{name}' for stage in runs for name in usual + extra[stage]]
    return names + [f'{pair}-{side}' for side in ('first', 'second')
                    for pair in ('without-with-test_accuracy', 'search-with-test_loss')]


def of_a_study(where):
    small = Small(where)
    folder, runs = write_study(where, small)
    result = run('report', folder, '--figures', where / 'figures', env=small.env)
    expect('report.html' in result.out, 'where the page is')
    page = check_page(folder / 'report.html')
    expect((folder / 'report.html').stat().st_size < LIMIT * 3 / 4, 'a page of moderate size')
    check_figures(where / 'figures', names_of_the_figures(runs))
    expect_equal([row[:3] + row[4:7] for row in rows_of(page, 'Expectations')],
                 [['with', 'test_accuracy', '1', '0.5345', '0.25', 'met'],
                  ['search', 'val_accuracy', '0', '-', '0.25', 'missed']], 'verdicts')
    expect('Stage later' in page and 'waiting' in page, 'the stage that has not begun')
    words = re.sub('<[^>]*>', '', page)
    expect('without 50.00 % (deviation 1.00, n = 3), with 25.00 % (deviation 2.00, n = 3). The '
           "difference is -25.00 percentage points. Welch's interval of 95 % is -26.00 to -24.00: "
           'the difference is larger than the spread over seeds.' in words,
           'the sentence on a comparison')
    expect('search 1.5 (n = 1), with 1.25 (deviation 0.02, n = 3). The difference is -0.25. There is '
           'no interval' in words, 'the sentence where there is no interval')


def all_networks_by_validation_accuracy(where):
    small = Small(where)
    folder, runs = write_study(where, small)
    run('report', folder, env=small.env)
    rows = rows_of(check_page(folder / 'report.html'), 'Trials')
    wanted = [(name, member) for name, done in runs.items() for member in done.members]
    wanted.sort(key=lambda trial: -trial[1]['val_accuracy'])
    expect_equal([[row[0], row[1], *row[3:7]] for row in rows],
                 [[name, str(member['index']), percent(member['train_accuracy']),
                   percent(member['val_accuracy']), percent(member['test_accuracy']), 'done']
                  for name, member in wanted], 'every network of every stage')
    values = {(row[0], row[1]): row[2] for row in rows}
    expect_equal(values['search', '2'], 'train.l2 = 0.001', 'values of the keys')


def a_damaged_study_is_named(where):
    small = Small(where)
    folder, runs = write_study(where, small)
    expect_errors(run('report', folder, runs['with'].path, '--out', where / 'x.html', code=3,
                      env=small.env), 'study/run.json: it is of a study')
    (runs['with'].path / 'metrics.csv').write_text('nothing\n')
    expect_errors(run('report', folder, code=3, env=small.env), 'study/with/metrics.csv')


def a_row_that_is_being_written(where):
    small = Small(where)
    done = small.run('done')
    with open(done.path / 'metrics.csv', 'a') as file:
        file.write('0,12,')
    expect_errors(run('report', done.path, code=3, env=small.env), 'metrics.csv.*its last line has no end')
    whole = (done.path / 'metrics.csv').read_bytes()
    (done.path / 'metrics.csv').write_bytes(whole + b'\0')
    expect_errors(run('report', done.path, code=3, env=small.env), 'metrics.csv.*bytes that are no text')
    (done.path / 'metrics.csv').write_bytes(whole)
    record = done.path / 'run.json'
    record.write_text(record.read_text().replace('"status": "done"', '"status": "running"', 1))
    expect_equal(json.loads(record.read_text())['status'], 'running', 'as of a run that was killed')
    run('report', done.path, env=small.env)
    run('study', done.path, env=small.env)


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
    named = small.run('named', '--set', 'name=another')
    run('report', runs[0].path, named.path, '--out', where / 'named.html', env=small.env)
    expect('>another</text>' in check_page(where / 'named.html'), 'a curve by its name, where that is unique')


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
                                      'class-accuracy', 'mistakes', 'true-class', 'weights'])


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


main(of_a_run, without_the_data, of_a_population, of_two_keys, of_published_figures, published_beside_names, of_seeds,
     of_a_study, all_networks_by_validation_accuracy, a_damaged_study_is_named, a_row_that_is_being_written,
     of_members_that_diverge, of_several_runs, names_are_text, failures)
