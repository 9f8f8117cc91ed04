"""The tuner: no choice of methods changes a weight, what was measured is measured once, and neither
damage nor company does it harm."""
import json
import os
import subprocess

from cltrain import (CONFIGS, RunDirectory, Small, command, environment, expect, expect_equal,
                     expect_same_tensors, main, run, sets)

# Full batches and an epoch's last are tuned; what only a measurement's smaller batch needs is not.
TUNE = {'gemm__tune_seconds': 1, 'gemm__backend': 'native'}
TOLD = 'tuning: '


class Tuned(Small):
    """Runs with a cache of their own; `cache` empties it."""

    def __init__(self, where):
        super().__init__(where)
        self.cache('cache')

    def cache(self, name):
        self.env['XDG_CACHE_HOME'] = self.where / name
        self.tables = self.where / name / 'cltrain/gemm-tuning'

    def table(self):
        """The device's, its lock left out."""
        if not self.tables.exists():
            return None
        file, = (path for path in self.tables.iterdir() if path.suffix != '.lock')
        return file

    def words(self, name, config='small', **values):
        return ('run', CONFIGS / f'{config}.cfg', '--out', self.where / name,
                *sets(**{**TUNE, **values}))

    def tell(self, name, *arguments, **values):
        """Trains; the run directory, and whether it tuned."""
        done = run(*self.words(name, **values), *arguments, env=self.env)
        return RunDirectory(self.where / name), TOLD in done.err


def expect_same_weights(a, b, what, member_of_b=0):
    expect_same_tensors(a.member('last', 0), b.member('last', member_of_b), what)
    if member_of_b == 0:
        expect_equal(a.metrics(), b.metrics(), f'{what}: metrics.csv')


def measured(directory):
    return [product['measured'] for product in directory.json['tuning']]


def no_choice_changes_a_weight(where):
    tuned = Tuned(where)
    usual, told = tuned.tell('usual', gemm__tune_seconds=0)
    expect(not told and not any(measured(usual)) and tuned.table() is None,
           f'without tuning: {len(measured(usual))} products, no table')
    cold, told = tuned.tell('cold')
    expect(told and any(measured(cold)), 'an empty table: tuned')
    expect_same_weights(usual, cold, 'tuned now')
    warm, told = tuned.tell('warm', gemm__tune_seconds=0)
    expect(not told and measured(warm) == measured(cold), 'the table holds without tuning')
    expect_equal([product['method'] for product in warm.json['tuning']],
                 [product['method'] for product in cold.json['tuning']], 'the same methods')
    expect_same_weights(usual, warm, 'tuned before')


def tunes_once(where):
    tuned = Tuned(where)
    first, _ = tuned.tell('first', gemm__tune_seconds=60)
    table = tuned.table().read_bytes()
    second, told = tuned.tell('second')
    expect(not told, 'a second run tunes nothing')
    expect_equal(measured(second), measured(first), f'of {len(measured(first))} products, measured')
    expect_equal(tuned.table().read_bytes(), table, 'the table, byte for byte')
    third, told = tuned.tell('third', train__batch_size=50)
    expect(told, 'another batch size is another product')
    expect_same_weights(tuned.tell('plain', train__batch_size=50, gemm__tune_seconds=0)[0], third,
                        'that one too')


def damage_is_an_empty_table(where):
    tuned = Tuned(where)
    first, _ = tuned.tell('first')
    file = tuned.table()
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)
    second, told = tuned.tell('second')
    expect(told and any(measured(second)), 'a damaged table: tuned again')
    expect_same_weights(first, second, 'after damage')
    file.write_bytes(bytes(content[:100]))
    expect_same_weights(first, tuned.tell('third')[0], 'after the loss of most of it')


def a_cache_that_takes_nothing_is_no_error(where):
    tuned = Tuned(where)
    (where / 'cache').mkdir()
    (where / 'cache/cltrain').write_text('a file in the way')
    done, told = tuned.tell('run')
    expect(told and any(measured(done)), 'tuned, for this run alone')


def two_at_once(where):
    tuned = Tuned(where)
    usual, _ = tuned.tell('usual', gemm__tune_seconds=0)
    processes = [subprocess.Popen(command(*tuned.words(name)), env=environment(tuned.env),
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                 for name in ('a', 'b')]
    for name, process in zip('ab', processes):
        out, _ = process.communicate(timeout=300)
        expect_equal(process.returncode, 0, f'{name} of two at once: {out.strip().splitlines()[-1]}')
        expect_same_weights(usual, RunDirectory(where / name), f'{name} of two at once')
    after, _ = tuned.tell('after', gemm__tune_seconds=0)
    expect(any(measured(after)), 'what they measured is there')


def members_equal_their_solo_runs(where):
    tuned = Tuned(where)
    five, told = tuned.tell('five', config='five')
    expect(told, 'a population is tuned')
    solo, _ = tuned.tell('solo', '--member', '2', config='five', gemm__tune_seconds=0)
    expect_same_weights(solo, five, 'member 2 of a tuned population', member_of_b=2)


def the_command(where):
    tuned = Tuned(where)
    arguments = (CONFIGS / 'small.cfg', *sets(gemm__backend='native'))
    told = json.loads(run('tune', *arguments, '--json', '--quiet', env=tuned.env).out)
    for product in told['products']:
        expect(product['measured'] and product['gflops'] >= product['default_gflops'] > 0,
               f'{product["product"]}: {product["method"]}')
    after, found = tuned.tell('run')
    expect(not found, 'a run finds all that it needs')
    methods = {product['product']: product['method'] for product in told['products']}
    for product in after.json['tuning']:
        if product['measured']:
            expect_equal(product['method'], methods.pop(product['product']), product['product'])
    expect_equal(methods, {}, 'products that the run did without')
    table = run('tune', *arguments, '--seconds', '0.001', env=tuned.env)
    expect(all(product['product'] in table.out for product in told['products']),
           'the table names each product')
    run('tune', *arguments, '--seconds', 'nan', code=2)
    run('tune', code=2)


if 'POCL_CACHE_DIR' not in os.environ:  # PoCL's own would go with XDG_CACHE_HOME
    os.environ['POCL_CACHE_DIR'] = os.path.expanduser('~/.cache/pocl/kcache')
main(no_choice_changes_a_weight, tunes_once, damage_is_an_empty_table,
     a_cache_that_takes_nothing_is_no_error, two_at_once, members_equal_their_solo_runs, the_command)
