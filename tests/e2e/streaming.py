"""A data set that streams through the device trains, measures and resumes to the bits of one that
stays there."""
import gzip
import json

from cltrain import (CONFIGS, Small, expect, expect_equal, expect_errors, expect_same_run, main, run,
                     sets, write_small_data)

TWO = {'population': '({ key = "train.l2"; values = (1e-3, 1e-2); },'
                     ' { key = "train.learning_rate.max"; values = (0.4, 0.1); zip = true; })'}
STREAMED = {'data__device_memory': 1}  # of the 1.7 MiB of data
UPDATES = 68  # two epochs of 34, the last batch of each with 36 samples of 48
SEEN = {'train__epochs': 2, 'report__every_updates': 13}


class Larger(Small):
    """As Small, but with more images than a MiB holds."""

    def __init__(self, where):
        self.where = where
        self.env = {'CLTRAIN_SMALL_DATA': write_small_data(where / 'data', train=1700, test=600)}

    def check(self, **values):
        return json.loads(run('check', CONFIGS / 'small.cfg', '--json', *sets(**values), env=self.env).out)

    def unpack(self):
        """The same data as plain files, in a folder of their own."""
        plain = self.where / 'plain'
        plain.mkdir()
        for file in (self.where / 'data').iterdir():
            with gzip.open(file) as packed:
                (plain / file.stem).write_bytes(packed.read())
        return {'CLTRAIN_SMALL_DATA': plain}


def told_by_check(where):
    larger = Larger(where)
    resident, streamed = larger.check(), larger.check(**STREAMED)
    expect_equal([resident['samples'], resident['chunk_samples']], ['resident', 0], 'check: resident')
    expect_equal(streamed['samples'], 'streamed', 'check: streamed')
    expect(500 <= streamed['chunk_samples'] < 850, f'chunks of {streamed["chunk_samples"]} samples')
    expect(2 ** 20 * 0.99 < streamed['data_memory'] <= 2 ** 20, f'{streamed["data_memory"]} bytes')
    expect_equal(resident['memory'] - streamed['memory'],
                 resident['data_memory'] - streamed['data_memory'], 'the sum of all memory')
    text = run('check', CONFIGS / 'small.cfg', *sets(**STREAMED), env=larger.env).out
    expect(f'streamed, in chunks of {streamed["chunk_samples"]}' in text, 'check: the text too')


def same_bits(where):
    larger = Larger(where)
    for shuffle in ('epoch', 'once', 'none'):
        values = {'train__shuffle': shuffle, **TWO, **SEEN}
        resident = larger.run(f'{shuffle}-resident', **values)
        streamed = larger.run(f'{shuffle}-streamed', **values, **STREAMED)
        expect_equal(streamed.json['updates'], UPDATES, f'{shuffle}: two epochs')
        expect_same_run(streamed, resident, f'shuffle = {shuffle}')
    plain = larger.run('plain-files', **values, **STREAMED, env=larger.unpack())
    expect_same_run(plain, resident, 'plain files, mapped')


def resumed(where):
    larger = Larger(where)
    whole = larger.run('whole', **TWO, **SEEN)
    for update in (1, 17, 34, 61):
        stopped = larger.run(f'at-{update}', train__stop_at_update=update, **TWO, **SEEN, **STREAMED)
        run('resume', stopped.path, '--quiet', env=larger.env)
        expect_same_run(stopped, whole, f'stopped at {update}')


def applied(where):
    """What reads a run's data afterwards streams as well."""
    larger = Larger(where)
    runs = [larger.run(name, **TWO, **SEEN, **values)
            for name, values in (('resident', {}), ('streamed', STREAMED))]
    for arguments in (['--split', 'train'], ['--split', 'test', '--checkpoint', 'best']):
        told = [json.loads(run('eval', each.path, *arguments, '--json', env=larger.env).out)
                for each in runs]
        for each in told:
            each.pop('run_directory', None)
        expect_equal(told[1], told[0], f'eval {" ".join(arguments)}')
    figures = []
    for each in runs:
        run('report', each.path, '--figures', where / f'figures-{each.path.name}', env=larger.env)
        figures.append({file.name: file.read_bytes()
                        for file in (where / f'figures-{each.path.name}').iterdir()})
    expect('mistakes.svg' in figures[0], f'figures: {", ".join(sorted(figures[0]))}')
    expect_equal(figures[1], figures[0], 'the figures, with the pictures of mistakes')


def too_little(where):
    larger = Larger(where)
    result = run('check', CONFIGS / 'small.cfg', *sets(train__batch_size=900, **STREAMED), env=larger.env,
                 code=2)
    expect_errors(result, r'data\.device_memory: 1 MiB cannot hold two batches of 900 .*at least 2')


main(told_by_check, same_bits, resumed, applied, too_little)
