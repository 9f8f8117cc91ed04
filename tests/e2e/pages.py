"""Manual page and completion know every command and every option of it."""
import re
import shutil
import subprocess

from cltrain import expect, expect_equal, main, run


def commands():
    return re.findall(r'^  (?!cltrain )([a-z][a-z-]*) ', run('--help').out, re.M)


def options(command):
    return re.findall(r'^  --([a-z-]+)', run(command, '--help').out, re.M)


def complete(script, *words):
    """What bash offers for the last of the words."""
    call = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cltrain; '
            'echo "${COMPREPLY[*]}"')
    return subprocess.run(['bash', '-c', call, 'bash', script, 'cltrain', *words], text=True,
                          capture_output=True, check=True).stdout.split()


def manual(where):
    page = run('manual').out
    text = page.replace('\\-', '-')
    for command in commands():
        section = re.search(rf'^\.SS "cltrain {command} .*?(?=^\.S[SH])', text, re.M | re.S)
        expect(section, f'the manual has {command}')
        for option in options(command):
            if f'.B --{option}' not in section.group() and f'.B --{option}' not in text:
                expect(False, f'the manual has {command} --{option}')
    if not shutil.which('groff'):
        print('left out: no groff')
        return
    (where / 'cltrain.1').write_text(page)
    done = subprocess.run(['groff', '-man', '-ww', '-Tutf8', where / 'cltrain.1'], text=True,
                          capture_output=True, check=True)
    expect_equal(done.stderr, '', 'groff has nothing to say against it')


def completion(where):
    script = where / 'completion'
    script.write_text(run('completion').out)
    expect_equal(complete(script, ''), [*commands(), '--help', '--version'], 'every command')
    for command in commands():
        expect_equal(sorted(complete(script, command, '--')),
                     sorted(f'--{option}' for option in options(command)), f'every option of {command}')
    expect_equal(complete(script, 'eval', '--split', 'v'), ['validation'], 'the words of an option')
    expect_equal(complete(script, 'predict', 'runs', 'x'), [], 'operands are files')


main(manual, completion)
