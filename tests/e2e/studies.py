"""The published experiments on CIFAR-10 that take seconds, and the page that is made of all of them."""
import json
import os
import subprocess

from cltrain import ROOT, RunDirectory, expect, expect_equal, main, run, skip

QUICK = ('000-gradients', '000-one-cycle', '001-gradients', '002-gradients', '003-gradients')


def train(where):
    """The quick ones, as run directories in `where`."""
    if not os.environ.get('CLTRAIN_CIFAR10'):
        skip('CLTRAIN_CIFAR10 does not name a folder with the binary files of CIFAR-10')
    for name in QUICK:
        run('run', ROOT / f'configs/studies/{name}.cfg', '--quiet', '--out', where / name)


def quick_ones_meet_what_they_expect(where):
    train(where)
    for name in QUICK:
        done = RunDirectory(where / name)
        for wanted in done.json['expectations']:
            expect(wanted['met'], f'{name}: {wanted["metric"]} {wanted["measured"]:.4g}, expected '
                   f'{wanted["low"]} to {wanted["high"]} ({wanted["source"]})')
        print(f'    {done.json["seconds"]:.1f} s')


def page_of(*paths):
    made = subprocess.run([ROOT / 'scripts/studies-table', *paths], capture_output=True, text=True)
    expect_equal((made.returncode, made.stderr), (0, ''), 'studies-table')
    return made.stdout


def rows_of(page, first):
    """The cells of the rows of a page's tables whose first cell is `first`."""
    return [[cell.strip() for cell in line.strip('| ').split('|')]
            for line in page.splitlines() if line.startswith(f'| {first} |')]


# ---- a page from records that are written here ----

def member(index, accuracy, **values):
    return {'index': index, 'values': values, 'train_accuracy': 0.6, 'val_accuracy': accuracy,
            'test_accuracy': accuracy, 'test_loss': 1.5}


def expectation(metric, measured, **more):
    return {'metric': metric, 'tensor': '', 'of': 'best', 'member': 0, 'low': 0.4, 'high': None,
            'source': 'a report', 'published': 0.5, 'note': '', 'measured': measured, 'met': True, **more}


def record(name, members, **more):
    return {'name': name, 'version': '1', 'device': {'platform': 'p', 'name': 'd', 'driver': 'v'},
            'updates': 100, 'seconds': 30.0, 'members': members, 'expectations': [], **more}


def write(folder, content):
    folder.mkdir(parents=True)
    (folder / 'run.json').write_text(json.dumps(content))


def write_study(where):
    study = where / '002-search'
    stages = ('coarse', 'fine', 'seeds', 'later')
    write(study, {**record('002-search', []), 'stages': [{'name': n, 'folder': n} for n in stages]})
    values = [1e-5, 3.7275937e-5, 1.389e-4]
    write(study / 'coarse', record(
        'coarse', [member(i, 0.5 + i / 100, **{'train.l2': v}) for i, v in enumerate(values)],
        published=[[1e-5, 0.5088], [3.73e-5, 0.5052]],
        expectations=[expectation('val_accuracy', 0.52, member=2, note='Other images.'),
                      expectation('test_accuracy', 0.52, member=2, met=False, published=None)]))
    write(study / 'fine', record(
        'fine', [member(i, 0.5 + i / 100, **{'train.l2': v}) for i, v in enumerate(values)],
        published=[[3e-4, 0.485], [9e-5, 0.495]]))
    write(study / 'seeds', record(
        'seeds', [member(i, 0.5 + i / 100, seed=i) for i in range(3)],
        expectations=[expectation('test_accuracy', 0.51, of='mean', high=0.6, note='Other images.')]))


def the_page_of_a_study(where):
    write_study(where)
    page = page_of(where)
    coarse, missed = rows_of(page, '002-search: coarse')
    expect_equal(coarse[1:], ['val_accuracy', 'train.l2 = 0.0001389', '0.5000', 'at least 0.4000', '0.5200',
                              'met'], 'the best of a search')
    expect_equal((missed[3], missed[-1]), ('', 'missed'), 'nothing published, and missed')
    seeds, = rows_of(page, '002-search: seeds')
    expect_equal(seeds[2:], ['mean of 3 seeds', '0.5000', '0.4000 to 0.6000', '0.5100 ± 0.0100', 'met'],
                 'mean and spread over seeds')
    expect_equal(page.count('- 002-search: coarse, 002-search: seeds: Other images.'), 1, 'a note once')
    expect_equal([rows_of(page, value)[0] for value in ('1e-05', '3.73e-05')],
                 [['1e-05', '0.5088', '0.5000'], ['3.73e-05', '0.5052', '0.5100']],
                 'published beside measured, value by value')
    expect_equal([rows_of(page, value)[0] for value in ('9e-05', '0.0003')],
                 [['9e-05', '0.4950', '0.0001389', '0.5200'], ['0.0003', '0.4850', '3.728e-05', '0.5100']],
                 'best by best where the values are others')
    expect_equal(rows_of(page, '`cltrain run configs/studies/002-search.cfg`'),
                 [['`cltrain run configs/studies/002-search.cfg`', '9', '900', '90']], 'the command')
    expect_equal(page, page_of(where / '002-search'), 'of the directory itself')


def the_page_of_gradients(where):
    tensor = {'member': 0, 'tensor': '0.bias', 'kind': 'bias', 'compared': 9, 'norm_wise': 2e-5,
              'elementwise': 3e-5, 'absolute': 2e-11, 'below_1e-6': 1.0, 'within_rounding': True}
    other = {**tensor, 'member': 1, 'absolute': 5e-11, 'below_1e-6': 0.5, 'within_rounding': False}
    write(where / 'x', record('bonus-x', [member(0, 0.5)],
                              gradients={'samples': 20, 'features': 30, 'tensors': [tensor, other]},
                              expectations=[expectation('gradient_absolute', 5e-11, tensor='bias')]))
    page = page_of(where)
    wanted, row = rows_of(page, 'bonus-x')
    expect_equal((wanted[1], wanted[5]), ('gradient_absolute of bias', '5.0e-11'), 'the expectation')
    expect_equal(row[1:], ['0.bias (bias)', '20 x 30', '18', '2.0e-05', '3.0e-05', '5.0e-11', '50 %',
                           'zero within rounding'], 'the worst of the members')
    expect('`cltrain run configs/studies/bonus/x.cfg`' in page, 'the command')


def nothing_to_show(where):
    made = subprocess.run([ROOT / 'scripts/studies-table', where], capture_output=True, text=True)
    expect(made.returncode == 1 and 'no run.json' in made.stderr, made.stderr.strip())


main(quick_ones_meet_what_they_expect, the_page_of_a_study, the_page_of_gradients, nothing_to_show)
