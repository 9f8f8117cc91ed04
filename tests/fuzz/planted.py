"""Faults planted in a copy of a host file, which the targets must find.

  planted.py BUILD [FAULT...]   BUILD: the tree of the preset fuzz, built

For each fault the fuzzer is linked with the file in which it is, and the targets that it is meant for
run until they fail: a table of the executions that took. Exit code 1 where one finds nothing."""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SECONDS = 600  # for a target to find its fault, also on a busy machine

# Name: file, what stands there once, what becomes of it, the targets that must find it.
FAULTS = {
    'quote-not-escaped': (
        'host/config/write.c', 'if (*c == \'"\' || *c == \'\\\\\')', "if (*c == '\\\\')",
        ('config', 'study', 'sets', 'member-config')),
    'names-beyond-the-classes': (
        'host/data/cifar.c', 'if (count >= dataset->classes) continue;', 'if (count == dataset->classes) continue;',
        ('cifar-names',)),
    'label-out-of-range': (
        'host/data/cifar.c', 'if (label >= dataset->classes)', 'if (label == UINT8_MAX)',
        ('cifar10', 'cifar100')),
    'idx-size-not-checked': (
        'host/data/pool.c', 'if (there < size)', 'if (there + 1 < size)', ('idx', 'images')),
    'idx-label-not-checked': (
        'host/data/idx.c', 'bytes[i] >= dataset->classes', 'bytes[i] > dataset->classes', ('idx-labels',)),
    'picture-of-another-size': (
        'host/data/picture.c', 'width != shape->width || height != shape->height', 'width != shape->width',
        ('png', 'jpeg')),
    'too-many-dimensions': (
        'host/train/safetensors.c', 'if (json_array_size(shape) > MAX_RANK)',
        'if (json_array_size(shape) > 2 * MAX_RANK)', ('safetensors', 'member')),
    'state-without-its-time': (
        'host/train/checkpoint.c', 'seconds ? strtod(seconds, NULL) : 0', 'strtod(seconds, NULL)', ('state',)),
    'data-without-a-line-end': (
        'host/train/conditions.c', 'return *lines ? lines + 1 : lines;', 'return lines + 1;', ('state',)),
    'cache-entry-without-a-line': (
        'host/base/cache.c', 'if (!end) return 0;', 'if (!end) end = bytes + size;', ('cache', 'tuning')),
    'record-without-a-status': (
        'host/train/saved_run.c', 'if (!run->status) clt_saved_complain(reader, "status", "text");', '',
        ('run', 'run-json', 'report', 'saved-study')),
    'metrics-of-no-member': (
        'host/train/saved_metrics.c', '|| member >= table->members', '|| member > table->members', ('metrics',)),
    'part-of-no-member': (
        'host/train/parts.c', 'if (member >= members || found[member])', 'if (member > members || found[member])',
        ('parts',)),
    'member-below-none': (
        'host/cli/options.c', '|| *out < 0)', '|| *out < -5)', ('options',)),
    'markup-not-escaped': (
        'host/report/markup.c', "case '<': return \"&lt;\";", "case '<': return \"<\";", ('report',)),
    'stage-outside-the-study': (
        'host/train/saved_study.c', "&& !strchr(name, '/')", '', ('saved-study',)),
}


def compile_command(build, file):
    for entry in json.loads((build / 'compile_commands.json').read_text()):
        if pathlib.Path(entry['file']).resolve() == (ROOT / file).resolve():
            words = shlex.split(entry['command'])
            return words[:words.index('-o')], entry['directory']
    raise SystemExit(f'{file} is not compiled in {build}')


def link_command(build):
    """Its words, and the folder that it runs in; Make has it in a file, Ninja tells it."""
    script = build / 'tests/fuzz/CMakeFiles/fuzz.dir/link.txt'
    if script.exists():
        return shlex.split(script.read_text()), build / 'tests/fuzz'
    told = subprocess.run(['ninja', '-C', build, '-t', 'commands', 'fuzz'], capture_output=True, text=True,
                          check=True).stdout
    line = [line for line in told.splitlines() if '-o tests/fuzz/fuzz' in line][-1]
    return shlex.split(re.search(r': && (.*) && :', line)[1]), build


def plant(build, name, where):
    """The program with the fault."""
    file, right, wrong, _ = FAULTS[name]
    text = (ROOT / file).read_text()
    if text.count(right) != 1:
        raise SystemExit(f'{name}: {file} has {right!r} {text.count(right)} times, not once')
    (where / 'fault.c').write_text(text.replace(right, wrong))
    words, folder = compile_command(build, file)
    own = [f'-I{(ROOT / file).parent.resolve()}']
    subprocess.run([*words, *own, '-o', where / 'fault.o', '-c', where / 'fault.c'], cwd=folder, check=True)
    words, folder = link_command(build)
    at = words.index('-o')
    # Before the libraries, so that its object takes the place of theirs.
    subprocess.run([*words[:at], where / 'fault.o', '-o', where / 'fuzz', *words[at + 2:]], cwd=folder, check=True)
    return where / 'fuzz'


def find(program, target, where):
    done = subprocess.run(
        [sys.executable, HERE / 'run.py', program, target, '--runs', '-1', '--seconds', str(SECONDS),
         '--findings', where], capture_output=True, text=True)
    row = re.search(rf'^{target} +(\d+)', done.stdout, re.MULTILINE)
    return done.returncode == 1, int(row[1]) if row else 0


def main(build, *names):
    build = pathlib.Path(build).resolve()
    missed = 0
    print(f'{"target":14}  {"fault":28}  {"executions":>10}')
    for name in names or FAULTS:
        with tempfile.TemporaryDirectory(prefix='cltrain-planted-') as where:
            program = plant(build, name, pathlib.Path(where))
            for target in FAULTS[name][3]:
                found, executions = find(program, target, where)
                missed += not found
                print(f'{target:14}  {name:28}  {executions:10}  {"" if found else "NOT FOUND"}', flush=True)
    sys.exit(1 if missed else 0)


main(*sys.argv[1:])
