"""The main job on the real images: what it reaches, and all that it leaves."""
import re

from cltrain import FASHION_MNIST, ROOT, RunDirectory, expect, expect_equal, main, run, skip

UPDATES = 5500


def main_job(where):
    if not FASHION_MNIST.is_dir():
        skip(f'no {FASHION_MNIST}: install dataset-fashion-mnist')
    told = run('run', ROOT / 'configs/fashion-mnist.cfg', cwd=where)
    expect(told.out.rstrip().endswith('run directory: runs/fashion-mnist'), 'it says where its results are')
    done = RunDirectory(where / 'runs/fashion-mnist')
    check_record(done)
    check_metrics(done)
    files = sorted(str(path.relative_to(done.path)) for path in done.path.rglob('*') if path.is_file())
    expect_equal(files, ['checkpoint/best/member-000.safetensors', 'checkpoint/last/member-000.safetensors',
                         'checkpoint/last/state.safetensors', 'config.cfg', 'metrics.csv', 'report.html',
                         'result.csv', 'run.json'], 'the files of the run directory')
    member = done.members[0]
    expect_equal(done.results().splitlines(), [
        'member,train_accuracy,val_accuracy,test_accuracy,test_loss,best_update,status',
        ','.join(['0', *(f'{member[key]:.9g}' for key in ('train_accuracy', 'val_accuracy',
                                                          'test_accuracy', 'test_loss')),
                  str(member['best']['update']), 'done'])], 'result.csv')


def check_record(done):
    record = done.json
    for key in ('name', 'version', 'status', 'reason', 'device', 'gemm_backend', 'seed', 'data_seed',
                'updates', 'total_updates', 'seconds', 'members', 'expectations'):
        expect(key in record, f'run.json has {key}')
    expect_equal(sorted(record['device']), ['driver', 'name', 'platform'], 'the device in run.json')
    expect_equal([record['status'], record['updates']], ['done', UPDATES], 'all updates are made')
    member = record['members'][0]
    expect_equal(sorted(member), sorted(
        ['index', 'values', 'train_accuracy', 'val_accuracy', 'test_accuracy', 'train_loss', 'val_loss',
         'test_loss', 'best', 'status', 'diverged_at', 'diverged', 'rewinds', 'stopped_at']), 'a member in run.json')
    expect(member['test_accuracy'] >= 0.88, f'test accuracy {member["test_accuracy"]:.4f}')
    expect([wanted['met'] for wanted in record['expectations']] == [True], 'its expectation is met')


def check_metrics(done):
    rows = done.metrics(without=())
    expect_equal(list(rows[0]), ['member', 'update', 'epoch', 'learning_rate', 'train_cost', 'train_loss',
                                 'train_accuracy', 'val_cost', 'val_loss', 'val_accuracy', 'seconds'],
                 'columns of metrics.csv')
    expect_equal([int(row['update']) for row in rows], list(range(0, UPDATES + 1, 550)),
                 'a row per report point, update 0 included')
    expect(all(re.fullmatch(r'-?[0-9.]+(e[-+][0-9]+)?', value) for row in rows for value in row.values()),
           'nothing but numbers')
    expect_equal(f'{done.members[0]["val_accuracy"]:.9g}', rows[-1]['val_accuracy'],
                 'its last row is what run.json states')


main(main_job)
