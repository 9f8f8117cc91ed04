"""A study: stages that draw on each other, and what is told of it. tests/faults/kills.py kills
studies."""
import json

from cltrain import (CONFIGS, Failure, RunDirectory, Small, expect, expect_equal, expect_errors,
                     expect_same_run, main, run, sets)

STAGES = ('coarse', 'fine', 'retrained', 'shapes')
STUDY = CONFIGS / 'study.cfg'


def stage(study, name):
    return RunDirectory(study.path / name)


def values(members, key='train.l2'):
    return [member['values'][key] for member in members]


def best(members, count):
    """The values of the best by validation, the first of equals."""
    ranked = sorted(members, key=lambda member: -member['val_accuracy'])
    return [member['values']['train.l2'] for member in ranked[:count]]


def expect_same_study(a, b, what):
    for name in STAGES:
        expect_same_run(stage(a, name), stage(b, name), f'{what}: {name}')
    for record in (a.json, b.json):
        for entry in record['stages']:
            del entry['seconds']
    same = [a.json[key] == b.json[key] for key in ('expectations', 'comparisons', 'status')]
    expect(all(same), f'{what}: expectations, comparisons, status')


def stages_draw_on_each_other(where):
    study = Small(where).run('study', config='study')
    record = study.json
    expect_equal([entry['name'] for entry in record['stages']], list(STAGES), 'all stages in run.json')
    expect_equal(record['status'], 'done', 'status')
    coarse, fine = (stage(study, name).members for name in ('coarse', 'fine'))
    top = best(coarse, 3)
    expect(all(1e-5 < value < 1e-1 for value in values(coarse)), 'random values lie in their range')
    expect_equal([min(values(fine)), max(values(fine))], [min(top), max(top)],
                 'the range that the best three span')
    expect_equal(values(stage(study, 'retrained').members), list(dict.fromkeys(best(fine, 8)))[:2],
                 'the best two are retrained')
    lowest = min(fine, key=lambda member: member['val_loss'])
    config = (stage(study, 'shapes').path / 'config.cfg').read_text()
    expect(f'l2 = {lowest["values"]["train.l2"]};' in config.replace('e-0', 'e-'),
           'the best by val_loss is taken over')
    compared, = record['comparisons']
    expect_equal((compared['n'], compared['level']), ([2, 2], 0.95), 'a comparison of two seeds each')
    expect_equal([(e['stage'], e['published'], e['met']) for e in record['expectations']],
                 [('shapes', 0.5, True)], 'the expectation')
    expect('shapes' in (study.path / 'report.html').read_text(), 'report.html tells of the stages')


def the_same_again(where):
    small = Small(where)
    expect_same_study(small.run('one', config='study'), small.run('two', config='study'), 'twice')
    again = RunDirectory(where / 'again')
    run('run', where / 'one' / 'config.cfg', '--out', again.path, '--quiet', env=small.env)
    expect_same_study(RunDirectory(where / 'one'), again, 'from its own config.cfg')


# ---- what is refused, what is told ----

def stops_on_request(where):
    small = Small(where)
    whole = small.run('whole', config='study')
    stopped = small.run('stopped', config='study', train__stop_at_update=7)
    expect_equal(stopped.json['status'], 'interrupted', 'status after the stop')
    run('resume', stopped.path, '--quiet', env=small.env)
    expect_same_study(whole, stopped, 'stopped and resumed')
    refused = run('resume', stopped.path, '--set', 'train.epochs=5', code=2, env=small.env)
    expect_errors(refused, 'goes on as it was begun')


def several_configs_and_one_exit_code(where):
    small = Small(where)
    missed = where / 'missed.cfg'
    missed.write_text(f'base = "{CONFIGS / "small.cfg"}";\nname = "missed";\n'
                      'expect = ( { metric = "test_accuracy"; at_least = 1.0; } );\n')
    both = run('run', STUDY, missed, '--out', where / 'runs', '--quiet', *sets(train__epochs=1), code=1,
               env=small.env)
    lines = [line.split() for line in both.out.splitlines()[-2:]]
    expect_equal([(line[0], line[3:6]) for line in lines],
                 [('search', ['1', 'of', '1']), ('missed', ['0', 'of', '1'])], 'the summary')
    expect_equal([(where / 'runs' / name / 'run.json').exists() for name in ('search', 'missed')],
                 [True, True], 'a run directory each')


def a_stage_that_cannot_be(where):
    small = Small(where)
    config = where / 'flat.cfg'
    config.write_text(f'base = "{CONFIGS / "small.cfg"}";\nname = "flat";\nstudy = (\n'
                      '  { name = "one"; population = ( { key = "train.l2"; values = (1e-3, 2e-3); } ); },\n'
                      '  { name = "two"; population = ( { key = "train.l2"; count = 3;\n'
                      '      log_space = { from = "one"; best = 1; }; } ); } );\n')
    failed = run('run', config, '--out', where / 'flat', '--quiet', code=2, env=small.env)
    expect_errors(failed, 'flat.cfg:6: .*spans no range')
    record = RunDirectory(where / 'flat').json
    expect_equal((record['status'], len(record['stages'])), ('failed', 1), 'what was done is kept')
    expect(record['reason'] in failed.err, 'the reason in run.json')


def a_stage_that_diverges(where):
    """What comes after it does not begin, not even when the study is resumed."""
    small = Small(where)
    config = where / 'burst.cfg'
    config.write_text(f'base = "{CONFIGS / "small.cfg"}";\nname = "burst";\nstudy = (\n'
                      '  { name = "one"; },\n'
                      '  { name = "two"; set = { train = { learning_rate = 1e30; }; }; },\n'
                      '  { name = "three"; } );\n')
    burst = RunDirectory(where / 'burst')
    for words in (('run', config, '--out', burst.path), ('resume', burst.path)):
        failed = run(*words, '--quiet', code=6, env=small.env)
        expect_errors(failed, 'burst-two: every member diverged')
        expect_equal((burst.json['status'], [entry['status'] for entry in burst.json['stages']]),
                     ('diverged', ['done', 'diverged']), f'{words[0]}: run.json')


def a_first_stage_that_is_damaged(where):
    small = Small(where)
    stopped = small.run('stopped', config='study', train__stop_at_update=7)
    state = stopped.path / 'coarse' / 'checkpoint' / 'last' / 'state.safetensors'
    state.write_bytes(state.read_bytes()[:100])
    expect_errors(run('resume', stopped.path, '--quiet', code=3, env=small.env), 'coarse/checkpoint/last/')


def a_stage_of_another_run(where):
    small = Small(where)
    study = RunDirectory(small.run('study', config='study').path)
    record = study.path / 'coarse/run.json'
    whole = json.loads(record.read_text())
    whole['expectations'] = json.loads((study.path / 'shapes/run.json').read_text())['expectations']
    record.write_text(json.dumps(whole))
    expect_errors(run('resume', study.path, '--quiet', code=3, env=small.env),
                  'coarse/run.json: it judges 1 expectations, config.cfg has 0')


def a_study_has_no_networks(where):
    small = Small(where)
    study = small.run('study', config='study', train__epochs=1)
    expect_errors(run('eval', study.path, code=3, env=small.env), 'name the folder of a stage')
    run('eval', study.path / 'coarse', env=small.env)


def one_member_diverges(where):
    small = Small(where)
    config = where / 'divergent.cfg'
    config.write_text(f'base = "{CONFIGS / "small.cfg"}";\nname = "divergent";\n'
                      'population = ( { key = "train.learning_rate"; values = (1e-3, 1e6, 1e-2); } );\n'
                      'train = { learning_rate = 0.1; l2 = 0.01; };\n')
    if config.exists():
        together = RunDirectory(where / 'together')
        run('run', config, '--out', together.path, '--quiet', env=small.env)
    expect_equal([member['status'] for member in together.members], ['done', 'diverged', 'done'],
                 'the member with learning rate 1e6 diverges')
    expect(together.members[1]['diverged_at'] > 0, 'its update is named')
    for k in (0, 2):
        alone = RunDirectory(where / f'alone-{k}')
        run('run', config, '--member', k, '--out', alone.path, '--quiet', env=small.env)
        if together.member('last', k).tensors != alone.member('last', 0).tensors:
            raise Failure(f'member {k} is not what it is alone')


main(stages_draw_on_each_other, the_same_again, stops_on_request, several_configs_and_one_exit_code,
     a_stage_that_cannot_be, a_stage_that_diverges, a_first_stage_that_is_damaged,
     a_stage_of_another_run, a_study_has_no_networks, one_member_diverges)
