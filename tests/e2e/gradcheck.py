"""Every tensor's analytic gradient against central differences, and what gradcheck says about a
check that fails."""
import json

from cltrain import Failure, expect, expect_equal, expect_errors, main, run
import gradcheck_cases

BOUND = 1e-7
# Dense biases in front of a batch_norm: the mean takes them out again, so they have no gradient.
WITHOUT_GRADIENT = {
    'three-layers-bn': ('0.bias', '3.bias'),
    'nine-layers-bn': tuple(f'{3 * layer}.bias' for layer in range(8)),
    'dropout': ('3.bias',),
    'population': ('0.bias',),
    'wide': ('2.bias',),
}


def check(config, *options):
    return json.loads(run('gradcheck', config, '--json', *options).out)


def worst_norm(name, table, bound):
    """Of the tensors that have a gradient; the others are held to the absolute bound."""
    worst = 0
    for row in table['tensors']:
        if row['tensor'] in WITHOUT_GRADIENT.get(name, ()):
            if not row['absolute'] <= table['noise']:
                raise Failure(f'{name}: {row["tensor"]} is off by {row["absolute"]}')
        else:
            worst = max(worst, row['norm_wise'])
    expect(worst < bound, f'{name}: {len(table["tensors"])} tensors, norm-wise at most {worst:.1e}')


def every_tensor_passes(where):
    for name, config in gradcheck_cases.write(where).items():
        report = check(config)
        visited = report['checked'] + report['left_out']
        print(f'{name}: in {report["real"]}, {report["left_out"]} of {visited} left out')
        if report['real'] == 'double':
            expect(report['differences']['noise'] < 1e-9, 'the absolute bound is small')
            worst_norm(name, report['differences'], BOUND)
            worst_norm(name, report['training'], 1e-5)
        else:
            expect_equal(report['training'], None, 'nothing to compare training with')


def the_optimizer_does_not_matter(where):
    """A gradient is what plain descent takes away, found as the optimiser has it found."""
    config = gradcheck_cases.write(where)['dropout']
    plain, *others = (check(config, '--set', f'train.optimizer={{ type = "{optimizer}; }}')
                      for optimizer in ('sgd"', 'sgd"; momentum = 0.9; nesterov = true', 'adam"'))
    for other in others:
        expect_equal(other['differences'], plain['differences'], 'the same errors of the gradient')
        expect_equal(other['training'], plain['training'], 'and as trained')


def samples_features_and_coordinates_are_chosen(where):
    config = gradcheck_cases.write(where)['three-layers-bn']
    report = check(config, '--features', 20, '--samples', 10, '--coordinates', 7)
    expect_equal((report['features'], report['samples']), (20, 10), 'features, samples')
    expect_equal({row['compared'] + row['left_out'] for row in report['differences']['tensors']},
                 {7}, 'coordinates of each tensor')
    for options, said in ((('--features', 785), '785 features'),
                          (('--samples', 41), 'train.batch_size is 40'),
                          (('--samples', 1), 'at least 2'),
                          (('--samples', 0), '--samples: '),
                          (('--step', -1), '--step: ')):
        expect_errors(run('gradcheck', config, *options, code=2), said)


def failure_names_the_tensor(where):
    """So far apart, points give no gradient."""
    config = gradcheck_cases.write(where)['smooth']
    failed = run('gradcheck', config, '--step', 0.5, code=1)
    expect_errors(failed, r'cltrain: member 0, 0\.weight\[\d+,\d+\]: the gradient is ')
    expect('  wrong\n' in failed.out, 'the table marks it')


def too_many_left_out(where):
    """So long a step goes over many kinks of a relu."""
    config = gradcheck_cases.write(where)['three-layers-bn']
    failed = run('gradcheck', config, '--step', 0.1, code=1)
    expect_errors(failed, r'% of the coordinates are left out, more than \d+ %; use a smaller --step')


def dump(where):
    """What it writes; gradcheck_torch.py works it out again."""
    config = gradcheck_cases.write(where)['three-layers-bn']
    report = check(config, '--coordinates', 7, '--dump', where / 'dump')
    tensors = {row['tensor'] for row in report['differences']['tensors']}
    for name in ('parameters', 'analytic', 'numeric'):
        expect_equal({path.stem for path in (where / 'dump' / name).iterdir()}, tensors, f'dump/{name}')
    model = json.loads((where / 'dump/model.json').read_text())
    expect_equal(model['real'], report['real'], 'model.json')
    expect((where / 'dump/input.npy').read_bytes().startswith(b'\x93NUMPY'), 'the batch')


main(every_tensor_passes, the_optimizer_does_not_matter,
     samples_features_and_coordinates_are_chosen, failure_names_the_tensor, too_many_left_out, dump)
