"""The networks at the ends of cycles, and what they classify together."""
import csv
import gzip
import io
import shutil

from cltrain import (CONFIGS, RunDirectory, Small, expect, expect_equal, expect_errors, expect_same_run,
                     expect_same_tensors, main, run, sets)

CYCLES = 4
VALUES = {'train__epochs': 0, 'train__cycles': CYCLES, 'train__snapshots': 'true',
          'train__learning_rate': '{ policy = "triangular2"; min = 1e-3; max = 0.3; step_size = 5; }'}
TWO = {'population': '({ key = "train.learning_rate.max"; values = (0.3, 1e-3); })'}
LABELS = 't10k-labels-idx1-ubyte.gz'


def probabilities(small, run_directory, cycle):
    """By `cltrain predict` with that snapshot as the best network: [sample][class]."""
    copy = RunDirectory(shutil.copytree(run_directory.path, small.where / f'as-best-{cycle}'))
    shutil.copy(copy.path / f'checkpoint/snapshot-{cycle:02}/member-000.safetensors',
                copy.path / 'checkpoint/best/member-000.safetensors')
    out = run('predict', copy.path, small.where / 'data/t10k-images-idx3-ubyte.gz', '--checkpoint', 'best',
              '--top-k', 10, env=small.env).out
    table = []
    for row in csv.DictReader(io.StringIO(out)):
        sample = [0.0] * 10
        for rank in range(1, 11):
            tail = '' if rank == 1 else f'_{rank}'
            sample[int(row[f'class{tail}'])] = float(row[f'probability{tail}'])
        table.append(sample)
    return table


def accuracy(named, labels):
    return sum(a == b for a, b in zip(named, labels)) / len(labels)


def best(values):
    return max(range(len(values)), key=lambda c: (values[c], -c))


def together(where):
    small = Small(where)
    done = small.run('done', **VALUES)
    member = done.members[0]['ensemble']
    expect_equal([snapshot['update'] for snapshot in member['snapshots']], [10, 20, 30, 40], 'updates')
    expect_same_tensors(done.checkpoint('snapshot-04/member-000.safetensors'), done.member('last', 0),
                        'the last snapshot is of the end')
    labels = list(gzip.open(where / 'data' / LABELS).read()[8:])
    said = [probabilities(small, done, cycle) for cycle in range(1, CYCLES + 1)]
    for s, table in enumerate(said):
        expect_equal(member['snapshots'][s]['test_accuracy'], accuracy(map(best, table), labels),
                     f'snapshot {s + 1}: test accuracy')
    means, votes, ties = [], [], 0
    for sample in zip(*said):
        mean = [sum(network[c] for network in sample) for c in range(10)]
        counts = [sum(best(network) == c for network in sample) for c in range(10)]
        ties += counts.count(max(counts)) > 1
        means.append(best(mean))
        votes.append(best([(counts[c], mean[c]) for c in range(10)]))
    expect(ties > 0, f'{ties} votes are ties')
    expect_equal(member['mean']['test_accuracy'], accuracy(means, labels), 'mean: test accuracy')
    expect_equal(member['vote']['test_accuracy'], accuracy(votes, labels), 'vote: test accuracy')
    row, = csv.DictReader(io.StringIO(done.results()))
    expect_equal(list(row)[-5:], ['snapshots', 'vote_val_accuracy', 'vote_test_accuracy',
                                  'mean_val_accuracy', 'mean_test_accuracy'], 'columns of result.csv')
    expect_equal([row['snapshots'], float(row['vote_test_accuracy'])],
                 ['4', float(f'{member["vote"]["test_accuracy"]:.9g}')], 'result.csv')
    without = small.run('without', **{**VALUES, 'train__snapshots': 'false'})
    expect('ensemble' not in without.members[0], 'without snapshots: none in run.json')
    expect_same_tensors(without.checkpoint('last/state.safetensors'), done.checkpoint('last/state.safetensors'),
                        'nothing else changes')


def alone(where):
    small = Small(where)
    for backend in ('native', 'clblast'):
        values = {**VALUES, **TWO, 'train__early_stopping': '{ patience = 4; min_delta = 0.05; }'}
        both = small.run(backend, backend=backend, **values)
        expect(len({len(member['ensemble']['snapshots']) for member in both.members}) == 2,
               f'{backend}: one stops before it has had all cycles')
        for k in range(2):
            solo = small.run(f'{backend}-{k}', '--member', k, backend=backend, **values)
            expect_equal(both.members[k]['ensemble'], solo.members[0]['ensemble'], f'{backend}: member {k}')
            for s in range(len(both.members[k]['ensemble']['snapshots'])):
                expect_same_tensors(both.member(f'snapshot-{s + 1:02}', k), solo.member(f'snapshot-{s + 1:02}', 0),
                                    f'{backend}: member {k}: snapshot {s + 1}')


def resumed(where):
    small = Small(where)
    whole = small.run('whole', **VALUES, **TWO)
    for update in (1, 9, 10, 11, 20, 39):
        stopped = small.run(f'at-{update}', train__stop_at_update=update, **VALUES, **TWO)
        run('resume', stopped.path, '--quiet', env=small.env)
        expect_same_run(stopped, whole, f'stopped at {update}')
        expect_equal(stopped.members, whole.members, f'stopped at {update}: members in run.json')
    for name, values in (('plain', {}), ('adam', {'train__optimizer': '{ type = "adam"; }'})):
        whole = small.run(name, **VALUES, **TWO, **values)
        longer = small.run(f'{name}-longer', **{**VALUES, 'train__cycles': 2}, **TWO, **values)
        run('resume', longer.path, '--quiet', *sets(train__cycles=CYCLES), env=small.env)
        expect_equal(longer.members, whole.members, f'{name}, lengthened: members in run.json')
        expect_same_tensors(longer.checkpoint('last/state.safetensors'), whole.checkpoint('last/state.safetensors'),
                            f'{name}, lengthened')


def diverged(where):
    small = Small(where)
    done = small.run('done', **VALUES,
                     population='({ key = "train.learning_rate.max"; values = (0.3, 1e30); })')
    expect_equal([done.members[1]['status'], done.members[1]['ensemble']], ['diverged', None],
                 'a diverged member has no ensemble')
    expect(done.members[0]['ensemble']['vote']['test_accuracy'] > 0, 'the other has')


def expected(where):
    small = Small(where)
    wanted = '({ metric = "vote_accuracy"; at_least = 0.2; }, { metric = "mean_accuracy"; at_least = %s; })'
    done = small.run('met', **VALUES, expect=wanted % 0.2)
    ensemble = done.members[0]['ensemble']
    expect_equal([entry['measured'] for entry in done.json['expectations']],
                 [ensemble['vote']['test_accuracy'], ensemble['mean']['test_accuracy']], 'what is judged')
    small.run('missed', **VALUES, expect=wanted % 0.99, code=1)
    for values, pattern in ((({'train__snapshots': 'false', 'expect': wanted % 0.2}), 'train.snapshots'),
                            ({'train__learning_rate': 0.1, 'train__cycles': 0, 'train__updates': 9}, 'end of a cycle'),
                            ({'train__cycles': 0, 'train__updates': 9}, 'before its first cycle')):
        expect_errors(run('run', CONFIGS / 'small.cfg', '--out', where / 'no', *sets(**{**VALUES, **values}),
                          code=2, env=small.env), pattern)


def drawn(where):
    small = Small(where)
    done = small.run('done', **VALUES)
    run('report', done.path, '--figures', where / 'figures', env=small.env)
    vote = 100 * done.members[0]['ensemble']['vote']['test_accuracy']
    expect(f'all by vote: {vote:.2f} %' in (where / 'figures/snapshots.svg').read_text(),
           'a figure of the snapshots and their vote')


main(together, alone, resumed, diverged, expected, drawn)
