"""A binary cross-entropy for each class: the same bits however a run is made, and its probabilities
wherever a network is applied."""
import csv
import gzip
import io
import json
import math

from cltrain import (Small, expect, expect_equal, expect_same_run, expect_same_tensors, main, run)

SIGMOID = {'train__loss': 'sigmoid'}
MEMBERS, CLASSES, SAMPLES = 5, 10, 300


def same_bits(where):
    small = Small(where)
    whole = {backend: small.run(backend, config='five', backend=backend, **SIGMOID)
             for backend in ('native', 'clblast')}
    expect_same_run(whole['clblast'], whole['native'], 'clblast against native')
    for backend, together in whole.items():
        for k in range(MEMBERS):
            alone = small.run(f'{backend}-{k}', '--member', k, config='five', backend=backend, **SIGMOID)
            for which in ('last', 'best'):
                expect_same_tensors(together.member(which, k), alone.member(which, 0),
                                    f'{backend}, member {k}: {which}')
    stopped = small.run('stopped', config='five', train__stop_at_update=5, **SIGMOID)
    run('resume', stopped.path, '--quiet', env=small.env)
    expect_same_run(stopped, small.run('again', config='five', **SIGMOID), 'stopped at 5')


def losses_of(run_directory):
    return [float(row['train_loss']) for row in run_directory.metrics()]


def learns(where):
    small = Small(where)
    values = {'train__epochs': 20, 'report__every_updates': 40}
    softmax, sigmoid = small.run('softmax', **values), small.run('sigmoid', **values, **SIGMOID)
    for name, done in (('softmax', softmax), ('sigmoid', sigmoid)):
        expect(done.members[0]['test_accuracy'] > 0.5, f'{name}: {done.members[0]["test_accuracy"]}')
        expect_equal(done.member('last', 0).metadata['loss'], name, 'the member file says it')
    losses = losses_of(sigmoid)
    expect(0.5 < losses[0] < 2 and losses[-1] < losses[0] / 2, f'loss {losses[0]} to {losses[-1]}')


def probabilities(run_directory, file):
    told = run('predict', file, run_directory, '--top-k', CLASSES).out
    return [[float(row[f'probability{suffix}']) for suffix in ['', *(f'_{k}' for k in range(2, 11))]]
            for row in csv.DictReader(io.StringIO(told))]


def probabilities_are_of_each_class(where):
    """From the run, from its member file, and as the losses of eval have them."""
    small = Small(where)
    data = small.env['CLTRAIN_SMALL_DATA'] / 't10k-images-idx3-ubyte.gz'
    done = small.run('done', train__epochs=10, report__every_updates=40, **SIGMOID)
    values = probabilities(data, done.path)
    expect_equal(len(values), SAMPLES, 'samples')
    expect(all(row == sorted(row, reverse=True) and 0 < row[-1] and row[0] < 1 for row in values),
           'between 0 and 1, in order')
    expect(sum(abs(sum(row) - 1) > 0.05 for row in values) > SAMPLES / 10, 'their sum is not 1')
    member = done.path / 'checkpoint/last/member-000.safetensors'
    expect_equal(probabilities(data, member), values, 'a member file by itself')
    told = run('predict', done.path, data, '--json', '--top-k', CLASSES).out
    found = json.loads(told)['predictions']
    with gzip.open(small.env['CLTRAIN_SMALL_DATA'] / 't10k-labels-idx1-ubyte.gz') as file:
        labels = file.read()[8:]
    loss = sum(-math.log(each['probability'] if each['class'] == label else 1 - each['probability'])
               for one, label in zip(found, labels) for each in one['classes']) / (SAMPLES * CLASSES)
    wanted = done.members[0]['test_loss']
    expect(abs(loss / wanted - 1) < 1e-4, f'their loss is {loss}, {wanted} in run.json')
    hits = sum(one['classes'][0]['class'] == label for one, label in zip(found, labels))
    expect_equal(hits / SAMPLES, done.members[0]['test_accuracy'], 'the highest one counts')


main(same_bits, learns, probabilities_are_of_each_class)
