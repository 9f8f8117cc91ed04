"""What a person sees: the line that redraws on a terminal, lines elsewhere, and the pages of text that
scripts read as JSON."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

from cltrain import (CONFIGS, LONG, Small, command, environment, expect, expect_equal, main, run, sets)

SMALL = CONFIGS / 'small.cfg'
ERASE = '\r\x1b[K'


def on_terminal(arguments, env, columns, **values):
    """What the program writes to a terminal of so many columns as its standard error."""
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack('4H', 24, columns, 0, 0))
    process = subprocess.Popen([*command(*arguments), *sets(**values)], env=environment(env), stderr=end,
                               stdout=subprocess.DEVNULL)
    os.close(end)
    written = b''
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(terminal)
    expect_equal(process.wait(), 0, f'{arguments[0]} on a terminal ends well')
    return written.decode()


def progress_line(where):
    small = Small(where)
    for columns in (40, 200):
        written = on_terminal(['run', SMALL, '--out', where / f'{columns}'], small.env, columns, **LONG)
        drawn = [piece.split('\r')[0] for piece in written.split(ERASE)[1:]]
        longest = max(len(line) for line in drawn if line.startswith('update'))
        expect(longest <= columns - 1, f'{columns} columns: {longest} taken')
        updates = {int(number) for number in re.findall(r'update (\d+)/4000', written)}
        expect(updates >= {0, 1000, 2000, 3000, 4000}, 'every report point is drawn')
        expect(any(update % 1000 for update in updates), 'and updates between them')
        expect(any('updates/s' in line for line in drawn), f'with the speed: {drawn[-2]}')
        expect(not drawn[-1].startswith('update'), 'the line goes away in the end')
    expect('left' in written and 'val ' in written, 'time left and accuracy')


def lines_elsewhere(where):
    small = Small(where)
    told = run('run', SMALL, '--out', where / 'run', *sets(**LONG), env=small.env)
    expect('\r' not in told.err and '\x1b' not in told.err, 'nothing is erased')
    updates = re.findall(r'^update (\d+)/4000', told.err, re.MULTILINE)
    expect_equal(updates, ['0', '1000', '2000', '3000', '4000'], 'a line for each report point')
    quiet = run('run', SMALL, '--out', where / 'quiet', '--quiet', env=small.env)
    expect_equal(quiet.err, '', 'none with --quiet')


def lines_of_what_happens(where):
    small = Small(where)
    told = run('run', CONFIGS / 'study.cfg', '--out', where / 'study', env=small.env)
    expect_equal(re.findall(r'^stage (\d) of 4: (\w+), (\d+) members?$', told.err, re.MULTILINE),
                 [('1', 'coarse', '6'), ('2', 'fine', '8'), ('3', 'retrained', '2'), ('4', 'shapes', '4')], 'stages')
    told = run('run', SMALL, '--out', where / 'early', env=small.env,
               *sets(train__early_stopping='{ patience = 1; min_delta = 1.0; }'))
    expect(re.search(r'^member 0 stops at update \d+: it has not improved$', told.err, re.MULTILINE), 'a member stops')


def tuning_line(where):
    small = Small(where)
    env = {**small.env, 'XDG_CACHE_HOME': where}
    written = on_terminal(['run', SMALL, '--out', where / 'run'], env, 80, gemm__tune_seconds=0.05)
    expect(ERASE + 'tuning: matrix product 1 of ' in written, 'the product that is tuned')


def range_test_line(where):
    small = Small(where)
    rates = ['--low', '1e-9', '--high', '1e-8', '--updates', '40']
    written = on_terminal(['lr-range', SMALL, '--out', where / 'range', *rates], small.env, 80)
    expect('\rupdate 20 of 40' in written, 'updates of a range test')
    told = run('lr-range', CONFIGS / 'five.cfg', '--out', where / 'five', *rates, env=small.env)
    expect_equal(re.findall(r'^member (\d): ', told.out, re.MULTILINE), ['0', '1', '2', '3', '4'],
                 'a suggestion for each member')


def version(where):
    told = run('--version', cwd=where)
    expect(re.fullmatch(r'cltrain \d+\.\d+\.\d+\n', told.out), f'version: {told.out.strip()}')
    expect_equal(run('help', cwd=where).out, run('--help', cwd=where).out, 'help by either name')


def devices(where):
    listed = json.loads(run('devices', '--json', cwd=where).out)['devices']
    text = run('devices', cwd=where).out
    for device in listed:
        expect(f'{device["name"]} (' in text and f'driver {device["driver"]}' in text, device['name'])
    expect_equal(len(re.findall(r'^\* \d', text, re.MULTILINE)), 1, 'one is marked as chosen')
    unknown = run('devices', '--device', 'abacus', code=4, cwd=where)
    expect('*' not in unknown.out, 'none is, where the selector fits none')


def groups_of_members(where):
    small = Small(where)
    text = run('check', CONFIGS / 'groups.cfg', env=small.env).out
    expect(re.search(r'members +in 3 groups, 3 parts that train one after another, of 3 3 3', text),
           'check: how the members are divided')


def stages_of_a_study(where):
    small = Small(where)
    text = run('check', CONFIGS / 'study.cfg', env=small.env).out
    expect_equal(re.findall(r'^stage (\w+)$', text, re.MULTILINE), ['coarse', 'fine', 'retrained', 'shapes'],
                 'check: a heading for each stage')
    told = json.loads(run('check', CONFIGS / 'study.cfg', '--json', env=small.env).out)
    expect(told['name'] == 'search' and len(told['stages']) >= 4, 'and an object for each')


def nothing_to_measure(where):
    small = Small(where)
    done = small.run('run', model='({type="flatten";},{type="dense";})', data__validation=0)
    for words in (['--split', 'validation'], ['--checkpoint', 'best']):
        told = run('eval', done.path, *words, env=small.env).out
        expect('     0  nothing to measure\n' in told, f'eval {" ".join(words)} without validation samples')
    expect('Weights of the first layer' in (done.path / 'report.html').read_text(),
           'weights behind a layer that hands pixels on')


main(progress_line, lines_elsewhere, lines_of_what_happens, tuning_line, range_test_line, version, devices,
     groups_of_members, stages_of_a_study, nothing_to_measure)
