"""The gradient check of a run: its files, its expectations, and where it is refused."""
import csv
import json

from cltrain import (CONFIGS, LONG, RunDirectory, Small, expect, expect_equal, expect_errors, main, run,
                     sets)

CHECKED = {'gradcheck__samples': 12, 'gradcheck__coordinates': 9}
TENSORS = ['0.weight', '0.bias', '1.weight', '1.bias', '4.weight', '4.bias', '5.weight', '5.bias',
           '7.weight', '7.bias']
BEFORE_BATCH_NORM = {'0.bias', '4.bias'}


def table(done):
    with open(done.path / 'gradients.csv', newline='') as file:
        return list(csv.DictReader(file))


def expectation(metric, bound, tensor='', member=-1):
    return (f'{{ metric = "gradient_{metric}"; {bound}; tensor = "{tensor}"; member = {member};'
            ' published = 1.0; note = "as it is"; }')


def of_each_tensor_and_member(where):
    small = Small(where)
    done = small.run('done', config='five', **CHECKED)
    rows = table(done)
    expect_equal([(row['member'], row['tensor']) for row in rows],
                 [(str(member), tensor) for member in range(5) for tensor in TENSORS],
                 'a row for each member and tensor')
    expect_equal({int(row['compared']) + int(row['left_out']) for row in rows}, {9}, 'coordinates')
    record = done.json['gradients']
    expect_equal((record['samples'], record['features'], record['passed'], len(record['tensors'])),
                 (12, 784, True, 50), 'run.json')
    if record['real'] == 'double':
        expect_equal({row['tensor'] for row in rows if row['verdict'] == 'within rounding'},
                     BEFORE_BATCH_NORM, 'biases in front of batch_norm have no gradient')
    alone = small.run('alone', '--member', 3, config='five', **CHECKED)
    expect_equal([{**row, 'member': '3'} for row in table(alone)], rows[30:40], 'member 3 alone')
    expect('gradients' not in small.run('none').json, 'no check without gradcheck.samples')


def expectations(where):
    small = Small(where)
    met = small.run('met', **CHECKED, expect='( {} )'.format(', '.join((
        expectation('norm_wise', 'at_most = 1e-2'),
        expectation('elementwise', 'at_most = 1.0', 'gamma'),
        expectation('absolute', 'at_most = 1e-2', '0.bias'),
        expectation('share_1e-6', 'at_least = 0.0')))))
    rows = table(met)
    wanted = (max(float(r['norm_wise']) for r in rows if r['verdict'] == 'passed'),
              max(float(r['elementwise']) for r in rows if r['kind'] == 'gamma'),
              max(float(r['absolute']) for r in rows if r['tensor'] == '0.bias'),
              min(float(r['share_below_1e-6']) for r in rows))
    got = met.json['expectations']
    expect_equal([f'{e["measured"]:.9g}' for e in got], [f'{w:.9g}' for w in wanted], 'measured')
    expect_equal({(e['met'], e['published'], e['note']) for e in got}, {(True, 1.0, 'as it is')},
                 'met, published, note')
    missed = small.run('missed', **CHECKED, code=1,
                       expect=f'( {expectation("absolute", "at_most = 0.0")} )')
    expect_equal([e['met'] for e in missed.json['expectations']], [False], 'missed')


def resumed(where):
    small = Small(where)
    whole = small.run('whole', **LONG, **CHECKED)
    stopped = small.run('stopped', **LONG, **CHECKED, train__stop_at_update=1500)
    expect(not (stopped.path / 'gradients.csv').exists(), 'an interrupted run makes no check')
    run('resume', stopped.path, '--quiet', env=small.env)
    expect_equal(table(RunDirectory(stopped.path)), table(whole), 'the resumed run does')


def a_wrong_gradient_fails_the_run(where):
    """So far apart, points give no gradient."""
    small = Small(where)
    ended = run('run', CONFIGS / 'small.cfg', '--out', where / 'wrong', '--quiet', code=1, env=small.env,
                *sets(**CHECKED, gradcheck__step=0.5))
    expect_errors(ended, 'cltrain: small: the check of the gradients failed')
    expect('  wrong\n' in ended.out, 'the table marks it')
    expect_equal(RunDirectory(where / 'wrong').json['status'], 'done', 'the training is done')


def defaults_of_the_command(where):
    small = Small(where)
    told = json.loads(run('gradcheck', CONFIGS / 'small.cfg', '--json', '--coordinates', 4, env=small.env,
                          *sets(**CHECKED, gradcheck__features=30, gradcheck__step='2e-4')).out)
    expect_equal((told['samples'], told['features'], told['step']), (12, 30, 2e-4), 'of the config')
    expect_equal({row['compared'] + row['left_out'] for row in told['differences']['tensors']}, {4},
                 'of the command line')


def refused(where):
    small = Small(where)
    gradient = expectation('absolute', 'at_most = 1.0')
    for values, said in (
            ({'gradcheck__samples': 49}, 'gradcheck.samples: 49 is more than train.batch_size, 48'),
            ({'gradcheck__samples': 1}, 'gradcheck.samples: batch_norm has no variance'),
            ({**CHECKED, 'gradcheck__features': 785}, 'gradcheck.features: 785 is more than'),
            ({'expect': f'( {gradient} )'}, r'expect\[0\].metric: gradient_absolute wants a check'),
            ({**CHECKED, 'expect': f'( {expectation("absolute", "at_most = 1.0", "3.weight")} )'},
             r'expect\[0\].tensor: this network has no 3.weight')):
        ended = run('run', CONFIGS / 'small.cfg', '--out', where / 'refused', '--quiet', code=2,
                    env=small.env, *sets(**values))
        expect_errors(ended, said)


main(of_each_tensor_and_member, expectations, resumed, a_wrong_gradient_fails_the_run,
     defaults_of_the_command, refused)
